/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * permission_table - who may do what, as Documentation/permissions.rst has it;
 * tests/lint/permissions compares the two. A row is an operation, the function
 * that tries it, and what each of the actors gets, in this order:
 */
ACTORS(own, same, nice, nice_same, nice_kill, kill, admin, maker, inside, userns, container, pidns, netns)
ROW("task-get", get,
    yes, EPERM, yes, yes, yes, EPERM, EPERM, yes, yes, EPERM, ESRCH, ESRCH, yes)
ROW("task-get by id", get_id,
    yes, EPERM, yes, yes, yes, EPERM, EPERM, yes, yes, EPERM, ESRCH, ESRCH, yes)
ROW("task-get of nobody", get_nobody,
    EPERM, EPERM, ESRCH, ESRCH, ESRCH, EPERM, EPERM, EPERM, ESRCH, EPERM, ESRCH, ESRCH, ESRCH)
ROW("task-get dump", dump,
    yes, unseen, yes, yes, yes, unseen, unseen, yes, yes, unseen, unseen, unseen, yes)
ROW("task-set lower", lower,
    yes, EPERM, yes, yes, yes, EPERM, EPERM, yes, yes, EPERM, ESRCH, ESRCH, yes)
ROW("task-set raise", raise_,
    EPERM, EPERM, yes, yes, yes, EPERM, EPERM, EPERM, EPERM, EPERM, ESRCH, ESRCH, yes)
ROW("task-set group", join,
    yes, yes, yes, yes, yes, EPERM, EPERM, yes, yes, EPERM, EPERM, EPERM, yes)
ROW("task-freeze", freeze_,
    EDEADLK, EPERM, EPERM, yes, yes, EPERM, EPERM, yes, yes, EPERM, ESRCH, ESRCH, yes)
ROW("task-thaw", thaw_,
    ENOENT, EPERM, ENOENT, yes, yes, EPERM, EPERM, yes, yes, EPERM, ESRCH, ESRCH, yes)
ROW("agent-set", agent,
    EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, yes, EPERM, EPERM, EPERM, EPERM, yes, yes)
ROW("task-place", place_,
    EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, ESRCH, ESRCH, yes)
ROW("job-set", predict,
    EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, yes, EPERM, EPERM, EPERM, EPERM, yes, yes)
ROW("job-begin", begin,
    yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes)
ROW("job-get", see_job,
    yes, ESRCH, yes, yes, yes, ESRCH, ESRCH, yes, yes, ESRCH, ESRCH, ESRCH, yes)
ROW("job-get dump", dump_jobs,
    yes, unseen, yes, yes, yes, unseen, unseen, yes, yes, unseen, unseen, unseen, yes)
ROW("task-del", untag_,
    yes, EPERM, yes, yes, yes, EPERM, EPERM, yes, yes, EPERM, ESRCH, ESRCH, yes)
ROW("budget-set", budget,
    EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, yes, EPERM, EPERM, EPERM, EPERM, yes, yes)
ROW("cap-set", cap,
    EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, yes, EPERM, EPERM, EPERM, EPERM, yes, yes)
ROW("gate-set", gate,
    EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, yes, EPERM, EPERM, EPERM, EPERM, yes, yes)
ROW("lease-renew", renew,
    yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes)
ROW("read the board", board,
    yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes, yes)
