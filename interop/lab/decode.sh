#!/usr/bin/env bash
# Has tshark decode a capture of the lab's wire, and prints what was seen in it: decode.sh rxe|siw CAPTURE [PROTOCOL...]
# Fails when a packet is malformed, when there is none of a PROTOCOL (as tshark names it), or when the capture cannot be read to its end.
set -uo pipefail
kind=${1:?rxe or siw} capture=${2:?a capture}
shift 2

options=(
    # An FPDU is known by what it holds: port 3260, iSER's, is iSCSI over TCP to tshark otherwise.
    -o tcp.try_heuristic_first:TRUE
    # Without it, one segment that comes late has all that follows on its connection cut in wrong places.
    -o tcp.reassemble_out_of_order:TRUE
    # What nobody speaks here: both guess from the first octets of a Send, and take short ones for broken messages of theirs.
    --disable-protocol rpcordma --disable-protocol smb_direct
)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! tshark -r "$capture" "${options[@]}" -T fields -E separator=/t -e frame.number -e frame.protocols -e _ws.expert.group \
    -e _ws.expert.message -e _ws.malformed -e tcp.stream -e tcp.seq \
    >"$work/frames" 2>"$work/errors"; then
    echo "$kind: $capture cannot be decoded: $(grep -v '^Running as user' "$work/errors" | tail -n 1)"
    exit 1
fi
awk -F '\t' -v kind="$kind" -v capture="$capture" -v wanted="$*" '
    {
        frames++
        n = split($2, protocols, ":")
        delete seen
        for (i = 1; i <= n; i++) if (!(protocols[i] in seen)) { seen[protocols[i]] = 1; count[protocols[i]]++ }
        # PI_MALFORMED of epan/proto.h; tshark gives it, too, to TCP segments that were sent again or came late, to the parameters of SCSI
        # commands, which iscsi-test-cu sends wrong on purpose, and to the MPA Request and Reply of a connection that has the ports of an
        # earlier one, for which it takes the first octets of either side for an FPDU.
        if ($4 ~ /the same ports as an earlier session/) reused[$6] = 1
        if (("," $3 ",") ~ ",117440512," && $4 !~ /New fragment overlaps old data/ && $5 !~ /Packet: SCSI\]/ &&
            !(($6 in reused) && $7 == 1 && $5 ~ /Packet: IWARP_MPA\]/)) { if (!malformed++) first = $1 }
    }
    END {
        line = kind ": capture      " frames + 0 " frames"
        n = split(wanted, names, " ")
        for (i = 1; i <= n; i++) line = line ", " count[names[i]] + 0 " " names[i]
        print line ", " malformed + 0 " malformed"
        for (i = 1; i <= n; i++) if (!count[names[i]]) { print kind ": no " names[i] " in " capture; bad = 1 }
        if (malformed) { print kind ": malformed in " capture ", the first is frame " first; bad = 1 }
        exit bad
    }' "$work/frames"
