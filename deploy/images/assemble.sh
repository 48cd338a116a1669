#!/bin/sh
# Makes /opt/veilward for one service: assemble.sh SERVICE FOLDER...
# The locked packages of lock/SERVICE.txt, of the wheel only the named folders, and a bill of materials. No pip goes along.
set -eu
service=$1
shift
root=/opt/veilward
site=$root/lib/python3.11/site-packages
python3 -m venv --without-pip $root
pip --python $root/bin/python install --require-hashes --no-deps --only-binary :all: --no-compile -r "lock/$service.txt"
pip --python $root/bin/python install --no-deps --no-index --no-compile /wheels/veilward-*.whl
for folder in $(cd $site && ls -d services/*/ demo faces localsite snni training video); do
  folder=${folder%/}
  keep=
  for wanted in "$@"; do [ "$folder" = "$wanted" ] && keep=1; done
  [ -n "$keep" ] || rm -r "${site:?}/$folder"
done
# Tests of packages, their headers and their sources serve nobody here.
find $site -depth -type d \( -name tests -o -name test -o -name include -o -name __pycache__ \) -exec rm -r {} +
find $site \( -name '*.pyx' -o -name '*.pxd' -o -name '*.a' -o -name '*.h' -o -name '*.c' \) -delete
find $root/bin -type f ! -name 'veilward' ! -name 'veilward-*' ! -name 'python*' -delete
find $root/bin -name 'veilward-*' ! -name "veilward-$(echo "$service" | tr _ -)" -delete
/build/bin/cyclonedx-py requirements "lock/$service.txt" --output-reproducible --output-file $root/sbom.cdx.json
