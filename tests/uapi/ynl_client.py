#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In a guest: every operation of the spec, done and decoded by the kernel tree's YNL client. TAP.

    ynl_client.py SPEC [PLANT...]

The specs are JSON, which is YAML, with the licence line that YNL asks for; so
no YAML library is needed here. Each message of the module is kept and judged by
the spec: it must decode, an attribute must be one of its operation's, an enum's
value must have a name, and every attribute of the spec must have been seen.
Judged by a PLANT, which is a spec with one change, they must not pass.
"""
import json
import os
import select
import signal
import socket
import sys
import time
import types


def load(stream):
    return json.loads("".join(line for line in stream if not line.startswith("#")))


sys.modules["yaml"] = types.SimpleNamespace(safe_load=load)
sys.path.insert(0, "/test/ynl")
import lib.ynl as kernel_ynl  # noqa: E402 - the kernel tree's, as it is

SOON = 30       # seconds, on a machine that is busy
GPU = "gpu"
# Padding; and what nothing sends, because it names an object of a request only
NEVER_SENT = {("lease", "ttl-ms")}


class Sorted:
    """A socket that keeps events apart from answers.

    YNL of 6.12 fails (AttributeError in _ops) when an event comes before the
    answer that it waits for.
    """

    def __init__(self, sock):
        self._sock = sock
        self._events = []

    def __getattr__(self, name):
        return getattr(self._sock, name)

    def recv(self, size, flags=0):
        if flags & socket.MSG_DONTWAIT and self._events:
            return self._events.pop(0)
        while True:
            datagram = self._sock.recv(size, flags)
            if flags or int.from_bytes(datagram[8:12], sys.byteorder):
                return datagram
            self._events.append(datagram)

    def wait(self, seconds):
        """Whether something has come, within that time."""
        return bool(self._events or select.select([self._sock], [], [], seconds)[0])


class Family(kernel_ynl.YnlFamily):
    """YNL's client, which keeps what it receives: (operation, kind, payload)."""

    kept = []
    asked = set()

    def __init__(self, spec):
        super().__init__(spec, schema="")
        self._plain_decode = self.nlproto.decode
        self.nlproto.decode = self._keep
        self._kind = "do"
        self.sock = Sorted(self.sock)

    def _keep(self, ynl, nl_msg, op):
        decoded = self._plain_decode(ynl, nl_msg, op)
        # YNL also decodes its own request when a refusal points into it
        if nl_msg.nl_flags & kernel_ynl.Netlink.NLM_F_REQUEST:
            return decoded
        kind = "event" if decoded.cmd() in self.async_msg_ids else self._kind
        name = self.rsp_by_value[decoded.cmd()]["name"]
        Family.kept.append((name, kind, bytes(decoded.raw)))
        return decoded

    def ask(self, name, **nests):
        self._kind = "do"
        Family.asked.add(("do", name))
        return self.do(name, nests)

    def list(self, name):
        self._kind = "dump"
        Family.asked.add(("dump", name))
        return self.dump(name, {})

    def events(self, seconds, wanted):
        """Messages until wanted(name, message) holds of one, which is returned."""
        end = time.monotonic() + seconds
        while True:
            self.check_ntf()
            while self.async_msg_queue:
                message = self.async_msg_queue.pop(0)
                if wanted(message["name"], message["msg"]):
                    return message["msg"]
            left = end - time.monotonic()
            if left <= 0 or not self.sock.wait(left):
                return None


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, name, *details):
        self.n += 1
        self.bad += not good
        print(f"{'' if good else 'not '}ok {self.n} - {name}", flush=True)
        for detail in () if good else details:
            print(f"# {detail}", flush=True)
        return good


class Rival:
    """Another process, tagged, that does as it is told: a line in, an answer out."""

    def __init__(self, spec):
        to, self._to = os.pipe()
        self._from, back = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._to)
            self._serve(spec, os.fdopen(to), back)
        os.close(to)
        os.close(back)

    @staticmethod
    def _serve(spec, orders, back):
        family, job = Family(spec), None
        family.ask("task-set", task={"can-use": 1 << 2})
        os.write(back, b"+")
        for order in orders:
            if order == "begin\n":
                job = family.ask("job-begin", job={"model": "rival", "accelerator": GPU})["job"]["id"]
            elif order == "end\n":
                family.ask("job-end", job={"id": job})
            os.write(back, b"+")
        os._exit(0)

    def answer(self):
        return os.read(self._from, 1)

    def tell(self, order):
        os.write(self._to, order.encode() + b"\n")
        return self.answer()

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def start_time(pid):
    with open(f"/proc/{pid}/stat") as f:
        return int(f.read().rsplit(")", 1)[1].split()[19])


def try_tasks(tap, me, rival):
    them = {"pid": rival.pid, "start-time": start_time(rival.pid)}
    task = me.ask("task-set", task={"class": "llm", "priority": 100, "inherit": 0, "can-use": 30})["task"]
    tap.ok(task["pid"] == os.getpid() and task["class"] == "llm", "task-set")
    tap.ok(me.ask("task-get", task=them)["task"]["pid"] == rival.pid, "task-get of another")
    tap.ok(len(me.list("task-get")) == 2, "task-get of all")
    them = {"id": me.ask("task-get", task=them)["task"]["id"]}
    state = me.ask("task-freeze", task=them, lease={"ttl-ms": 60000})["task"]["state"]
    tap.ok(state in ("frozen", "freezing"), f"task-freeze: {state}")
    tap.ok(me.ask("lease-renew", lease={"ttl-ms": 60000})["lease"]["count"] == 1, "lease-renew")
    tap.ok(me.ask("task-thaw", task=them)["task"]["state"] == "running", "task-thaw")


def try_agent(tap, me):
    tap.ok(me.ask("agent-set", agent={"policy": "paper", "power-mw": 9000, "decisions": 1 << 40},
                  budget={"min-mw": 4000}, lease={"ttl-ms": 600000})["agent"]["decisions"] == 1 << 40, "agent-set")
    tap.ok(me.ask("agent-get")["agent"]["policy"] == "paper", "agent-get")
    placed = me.ask("task-place", task={"placement": GPU, "clusters": 1}, lease={"ttl-ms": 60000})["task"]
    tap.ok(placed["placement"] == GPU, "task-place")
    tap.ok(me.ask("budget-set", budget={"mw": 15000, "window-ms": 500})["budget"]["mw"] == 15000, "budget-set")
    tap.ok(me.ask("budget-get")["budget"]["min-mw"] == 4000, "budget-get")
    clusters = me.list("cluster-get")
    tap.ok(len(clusters) >= 1 and "cpus" in clusters[0]["cluster"], "cluster-get")


def try_caps(tap, me):
    cap = me.ask("cap-set", cap={"kind": "cpufreq", "cpu": 0, "max-khz": 729600}, lease={"ttl-ms": 60000})["cap"]
    tap.ok(cap["kind"] == "cpufreq" and cap["cpu"] == 0, "cap-set of a CPU's clock")
    cap = me.ask("cap-set", cap={"kind": "device", "device": "17000000.gpu", "max-khz": 306000})["cap"]
    tap.ok(cap["device"] == "17000000.gpu", "cap-set of a device's clock")
    tap.ok(len(me.list("cap-get")) == 2, "cap-get")
    tap.ok(me.ask("cap-del", cap={"id": cap["id"]}) is None, "cap-del")


def try_gates(tap, me, rival):
    gate = me.ask("gate-set", gate={"accelerator": GPU, "mode": "enforce", "capacity": 1, "order": "strict"},
                  lease={"ttl-ms": 600000})["gate"]
    tap.ok(gate["mode"] == "enforce" and gate["order"] == "strict" and gate["portid"] != 0, "gate-set")
    tap.ok(me.ask("gate-get", gate={"accelerator": GPU})["gate"]["capacity"] == 1, "gate-get")
    tap.ok(sorted(g["gate"]["accelerator"] for g in me.list("gate-get")) == ["cpu", "dla0", "dla1", "gpu"],
           "gate-get of all")
    rival.tell("begin")
    job = me.ask("job-begin", job={"model": "resnet-152", "deadline-us": 10**6, "units": 3})["job"]
    tap.ok(job["state"] == "begun", "job-begin")
    tap.ok(me.ask("job-set", job={"id": job["id"], "predicted-us": 5000})["job"]["predicted-us"] == 5000, "job-set")
    job = me.ask("job-place", job={"id": job["id"]})["job"]
    tap.ok(job["state"] == "queued" and job["accelerator"] == GPU, f"job-place: {job['state']}")
    tap.ok(me.ask("job-get", job={"id": job["id"]})["job"]["state"] == "queued", "job-get")
    tap.ok(len(me.list("job-get")) == 2, "job-get of all")
    rival.tell("end")
    grant = me.events(SOON, lambda name, message: name == "job-grant")
    tap.ok(grant and grant["job"]["id"] == job["id"] and grant["job"]["state"] == "running", "job-grant", grant)
    tap.ok(me.ask("job-unit", job={"id": job["id"]})["job"]["units-done"] == 1, "job-unit")
    tap.ok(me.ask("job-end", job={"id": job["id"]})["job"]["latency-ns"] > 0, "job-end")
    tap.ok(me.ask("gate-del", gate={"accelerator": GPU}) is None, "gate-del")


def try_events(tap, me, listener):
    """The agent has been sent the objects, everybody else the heads."""
    full = set()
    me.check_ntf()
    for message in me.async_msg_queue:
        full |= message["msg"].keys()
    me.async_msg_queue.clear()
    # Those before the grant have been looked through for it
    for name, kind, raw in Family.kept:
        if (name, kind) == ("event", "event"):
            full |= me._decode(kernel_ynl.NlAttrs(raw), "twill").keys()
    heads = []
    listener.check_ntf()
    for message in listener.async_msg_queue:
        heads.append(message["msg"])
    tap.ok({"event", "task", "job", "cap", "budget", "gate", "agent"} <= full, "the agent is sent objects", sorted(full))
    tap.ok(heads and all(head.keys() == {"event"} for head in heads),
           f"the group is sent {len(heads)} heads and no more")
    seqs = [head["event"]["seq"] for head in heads]
    tap.ok(seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else False, "their numbers have no gap")


def refuse(tap, me):
    """A refusal is told in words and points at what was refused."""
    try:
        me.ask("task-set", task={"priority": 256})
        tap.ok(False, "a priority out of range is refused")
    except kernel_ynl.NlError as e:
        tap.ok(e.error == 34 and e.nl_msg.extack.get("bad-attr") == ".task.priority",
               "a value out of range is refused, and named", e)
    try:
        me.ask("task-get", task={"id": 4000000000})
        tap.ok(False, "a task that is not")
    except kernel_ynl.NlError as e:
        tap.ok(e.error == 3 and e.nl_msg.extack.get("msg"), f"a refusal says why: {e.nl_msg.extack}")


def walk(family, space, message, seen):
    for name, value in message.items():
        seen.add((space, name))
        if isinstance(value, dict):
            walk(family, family.attr_sets[space][name]["nested-attributes"], value, seen)


def judge(family, kept):
    """What is wrong with the messages by the spec of @family, as sentences."""
    found, seen, done = [], set(), set()
    for name, kind, raw in kept:
        op = family.msgs.get(name)
        part = op.yaml.get(kind) if op else None
        if part is None:
            found.append(f"{name}: the spec has no {kind} of that name")
            continue
        allowed = part if kind == "event" else part.get("reply", {})
        try:
            message = family._decode(kernel_ynl.NlAttrs(raw), op.attr_set.name)
        except Exception as e:      # whatever YNL makes of it
            found.append(f"{kind} {name}: does not decode: {e!r}")
            continue
        for extra in message.keys() - set(allowed.get("attributes", [])):
            found.append(f"{kind} {name}: has {extra}, which the spec does not list")
        if kind != "event" and message.keys() != set(allowed.get("attributes", [])):
            found.append(f"{kind} {name}: has {sorted(message)} where the spec has {allowed.get('attributes')}")
        walk(family, op.attr_set.name, message, seen)
        done.add((kind, name))
    for name, op in family.msgs.items():
        for kind in ("do", "dump", "event"):
            part = op.yaml.get(kind)
            replies = part is not None and (kind == "event" or "reply" in part)
            if replies and (kind, name) not in done:
                found.append(f"{kind} {name}: never seen")
    for space, attributes in family.attr_sets.items():
        for name, attribute in attributes.items():
            if attribute["type"] != "pad" and (space, name) not in seen | NEVER_SENT:
                found.append(f"attribute {space} {name}: never seen in any message")
    return sorted(set(found))


def main():
    tap = Tap()
    spec, plants = sys.argv[1], sys.argv[2:]
    listener, me, rival = Family(spec), Family(spec), Rival(spec)
    listener.ntf_subscribe("events")
    rival.answer()
    try_tasks(tap, me, rival)
    try_agent(tap, me)
    try_caps(tap, me)
    try_gates(tap, me, rival)
    refuse(tap, me)
    tap.ok(me.ask("task-del", task={}) is None, "task-del")
    try_events(tap, me, listener)
    rival.end()
    kept = list(Family.kept)
    every = {(kind, name) for name, op in me.msgs.items() for kind in ("do", "dump") if kind in op.yaml}
    tap.ok(Family.asked == every, f"all {len(every)} requests have been made", Family.asked ^ every)
    found = judge(me, kept)
    tap.ok(not found, f"{len(kept)} messages are as the spec says", *found)
    for plant in plants:
        found = judge(Family(plant), kept)
        tap.ok(bool(found), f"planted {os.path.basename(plant)}: {found[0] if found else 'not seen'}")
    print(f"1..{tap.n}")
    return tap.bad > 0


if __name__ == "__main__":
    sys.exit(main())
