#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest: the module comes and goes while it is measured.
exec bench_overhead "$@"
