# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a Python program that runs inference says to Twill.

    import twill

    with twill.Twill() as tw:
        tw.tag(cls="dnn", can_use=["gpu", "dla0"])
        with tw.job("resnet-152") as job:
            where = job.place()         # right before the first unit
            job.wait()                  # until the accelerator's gate lets it in
            ...

Twill() raises twill.Absent when the module is not loaded (or libtwill is not
installed); a program that should run either way catches it and goes on. A
handle belongs to one thread at a time.
"""
import ctypes
import errno
import os

__all__ = ["Absent", "Error", "Job", "Twill"]


class Error(OSError):
    """A call was refused; errno says how, strerror is the kernel's sentence."""


class Absent(Error):
    """There is no Twill here."""


class _TaskOpts(ctypes.Structure):
    _fields_ = [("cls", ctypes.c_uint32), ("priority", ctypes.c_int32), ("inherit", ctypes.c_uint32),
                ("can_use", ctypes.c_uint32), ("group", ctypes.c_uint32)]


class _JobOpts(ctypes.Structure):
    _fields_ = [("deadline_us", ctypes.c_uint32), ("units", ctypes.c_uint32),
                ("accelerator", ctypes.c_uint32), ("predicted_us", ctypes.c_uint32)]


_STATES = ("begun", "queued", "running", "preempted")

_SIGNATURES = {
    "twill_open": (ctypes.c_int, [ctypes.POINTER(ctypes.c_void_p)]),
    "twill_close": (ctypes.c_void_p, [ctypes.c_void_p]),
    "twill_error": (ctypes.c_char_p, [ctypes.c_void_p]),
    "twill_tag": (ctypes.c_int64, [ctypes.c_void_p, ctypes.POINTER(_TaskOpts)]),
    "twill_untag": (ctypes.c_int, [ctypes.c_void_p]),
    "twill_job_begin_1": (ctypes.c_int64, [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(_JobOpts)]),
    "twill_job_place": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "twill_job_state": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "twill_job_wait": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int]),
    "twill_job_unit": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "twill_fd": (ctypes.c_int, [ctypes.c_void_p]),
    "twill_job_end": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64, ctypes.POINTER(ctypes.c_uint64)]),
    "twill_accelerator_name": (ctypes.c_char_p, [ctypes.c_uint32]),
    "twill_accelerator_parse": (ctypes.c_int, [ctypes.c_char_p]),
    "twill_class_parse": (ctypes.c_int, [ctypes.c_char_p]),
}


def _load():
    lib = ctypes.CDLL(os.environ.get("LIBTWILL", "libtwill.so.0"))
    for name, (restype, argtypes) in _SIGNATURES.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = restype, argtypes
    return lib


def _number(parse, name, what):
    value = parse(name.encode())
    if value < 0:
        raise ValueError(f"{name!r} is no {what}")
    return value


class Job:
    """A request being worked on; ends with its `with` block, or by end()."""

    def __init__(self, twill, number):
        self.id = number
        self.latency_ns = None
        self._twill = twill

    def place(self):
        """Fix and return where to run: "gpu", ..., or None if nobody has said."""
        value = self._twill._call("twill_job_place", self.id)
        return self._twill._lib.twill_accelerator_name(value).decode() if value else None

    @property
    def state(self):
        """Where it stands: "begun" (at no gate), "queued", "running" or "preempted"."""
        return _STATES[self._twill._call("twill_job_state", self.id)]

    def wait(self, timeout=None):
        """Wait until it may use its accelerator, or for that many seconds.

        What raises (Error with errno ETIMEDOUT; KeyboardInterrupt) has withdrawn it.
        """
        try:
            self._twill._call("twill_job_wait", self.id, -1 if timeout is None else int(timeout * 1000))
        except Error as e:
            if e.errno in (errno.ETIMEDOUT, errno.EINTR):
                self.latency_ns = 0     # ended: end() has nothing left to do
            raise

    def unit(self):
        """One unit is done, another follows. False if another job is due first: wait()."""
        return self._twill._call("twill_job_unit", self.id) == 0

    def end(self):
        """End it, once; later calls do nothing. Return its latency in nanoseconds."""
        if self.latency_ns is None:
            latency = ctypes.c_uint64()
            self._twill._call("twill_job_end", self.id, ctypes.byref(latency))
            self.latency_ns = latency.value
        return self.latency_ns

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.end()


class Twill:
    """A connection to the module. Closing it ends its jobs and leases."""

    def __init__(self):
        self._handle = ctypes.c_void_p()
        try:
            self._lib = _load()
        except OSError as e:
            raise Absent(2, str(e)) from None
        result = self._lib.twill_open(ctypes.byref(self._handle))
        if result < 0:
            kind = Absent if result == -2 else Error
            raise kind(-result, "the kernel module twill is not loaded" if result == -2 else os.strerror(-result))

    def _call(self, name, *arguments):
        if not self._handle:
            raise ValueError("the handle is closed")
        result = getattr(self._lib, name)(self._handle, *arguments)
        if result < 0:
            sentence = self._lib.twill_error(self._handle).decode() or os.strerror(-result)
            raise Error(-result, sentence)
        return result

    def tag(self, cls="other", priority=None, inherit=False, can_use=("gpu",), group=0):
        """Tag this process. Return the task's id."""
        mask = 0
        for name in can_use:
            mask |= 1 << _number(self._lib.twill_accelerator_parse, name, "accelerator")
        opts = _TaskOpts(_number(self._lib.twill_class_parse, cls, "class"),
                         -1 if priority is None else priority, inherit, mask, group)
        return self._call("twill_tag", ctypes.byref(opts))

    def untag(self):
        """Remove the tag of this process."""
        self._call("twill_untag")

    def job(self, model, deadline_us=0, units=0, accelerator=None, predicted_us=0):
        """Begin a job of the named model; with an accelerator, it will not be asked where to run."""
        where = _number(self._lib.twill_accelerator_parse, accelerator, "accelerator") if accelerator else 0
        opts = _JobOpts(deadline_us, units, where, predicted_us)
        return Job(self, self._call("twill_job_begin_1", model.encode(), ctypes.byref(opts)))

    def fileno(self):
        """To poll while jobs are queued; readable: look at their state."""
        return self._call("twill_fd")

    def close(self):
        """End the connection; again is fine."""
        if self._handle:
            self._lib.twill_close(self._handle)
            self._handle = ctypes.c_void_p()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
