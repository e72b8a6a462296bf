// SPDX-License-Identifier: GPL-2.0-only
/* trace.c - the code that the tracepoints of trace.h expand to. */
#define CREATE_TRACE_POINTS
#include "trace.h"
