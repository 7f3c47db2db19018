# SPDX-License-Identifier: Apache-2.0
# campaign.sh NAME AKIN LIBRARY HELPERS: a campaign of this folder, NAME.py; a few points in `make check`, and with AKIN_TEST_FULL=1
# as many as docs/reliability.md tells. The few have one seed, so that they are the same each time; all have a new one.
# AKIN_TEST_SEED=N sets it, AKIN_TEST_POINTS=N asks for so many; AKIN_TEST_CALL=stat takes one call only (nth_call),
# AKIN_TEST_CASE=force the cases with such a name.
command -v python3 >/dev/null || { echo "skipped: no python3"; exit 77; }
case $1 in
nth_call) few=24 all=all ;;
kill_campaign) few=12 all=1000 ;;
crash_images) few=24 all=2000 ;;
recovery) few=8 all=200 ;;
instants) few=10 all=100 ;;
*) exit 2 ;;
esac
seed=20261129
[ -z "${AKIN_TEST_FULL:-}" ] || { few=$all seed=$(date +%s); }
echo "seed ${AKIN_TEST_SEED:-$seed}"
PYTHONDONTWRITEBYTECODE=1 exec python3 "$(dirname "$0")/$1.py" "$2" "$3" "$4" "${AKIN_TEST_POINTS:-$few}" "${AKIN_TEST_SEED:-$seed}" ${AKIN_TEST_CASE:+"$AKIN_TEST_CASE"}
