#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# No mutable globals: .data and .bss of each module library are empty (constant tables
# with addresses in them are in .data.rel.ro, which is no fault).
#
# The switches of a build with -Dmutations=true (base/rule.h) are one, and in no other build.
#
# usage: globals.sh plain|instrumented LIBRARY...
set -eu

kind=$1
shift
if [ "$kind" != plain ]; then
	echo "skipped: sanitizers, coverage and mutations add data of their own"
	exit 77
fi
[ $# -gt 0 ] || exit 2

mutable='^(\.data|\.bss|\.tdata|\.tbss)(\.|$)'
constant='^\.data\.rel\.ro'
status=0
for lib in "$@"; do
	octets=$(size -A "$lib" | awk -v m="$mutable" -v c="$constant" \
		'$1 ~ m && $1 !~ c { n += $2 } END { print n + 0 }')
	[ "$octets" -eq 0 ] && continue
	status=1
	echo "$lib: $octets octets of mutable data:"
	nm -f sysv "$lib" | awk -F'|' -v m="$mutable" -v c="$constant" '
		/^Symbols from|:$/ { print "  " $0 }
		{ gsub(/ /, "", $7); gsub(/ /, "", $1) }
		$7 ~ m && $7 !~ c { print "    " $1 " (" $7 ")" }'
done
if nm "$@" 2>/dev/null | grep -w rules_off; then
	status=1
	echo "rules can be switched off in this build"
fi
echo "$# libraries"
exit $status
