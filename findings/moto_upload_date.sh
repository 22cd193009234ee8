#!/bin/sh
# One would guess: a test's S3 dates what it holds by its clock, so that a rule such as "abort uploads that are a day
# old" can be tried against it, with a frozen clock or without.
# True in moto 5.2.5: objects and parts are dated by the clock, but list_multipart_uploads says of every upload that it
# began on 10 November 2010. Code that cleans up abandoned uploads takes one that began this second for years old and
# aborts it; code that spares young ones can't be shown to do so.
# Source: moto/s3/responses.py, list_multipart_uploads (the date is written out there); S3's API of ListMultipartUploads
# ("Initiated": when the upload was begun).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "moto[s3]==5.2.5"
AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_DEFAULT_REGION=us-east-1 "$work/venv/bin/python" - <<'PY'
from datetime import UTC, datetime
from importlib.metadata import version

import boto3
from moto import mock_aws

with mock_aws():
    client = boto3.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="whole", Body=b"1")
    upload = client.create_multipart_upload(Bucket="bucket", Key="parts")["UploadId"]
    client.upload_part(Bucket="bucket", Key="parts", UploadId=upload, PartNumber=1, Body=b"1")
    dates = {
        "an object": client.list_objects_v2(Bucket="bucket")["Contents"][0]["LastModified"],
        "a part": client.list_parts(Bucket="bucket", Key="parts", UploadId=upload)["Parts"][0]["LastModified"],
        "the upload it belongs to": client.list_multipart_uploads(Bucket="bucket")["Uploads"][0]["Initiated"],
    }
now = datetime.now(UTC)
print("moto", version("moto"), "- all of these were made this minute; their age by the dates moto tells:")
for name, date in dates.items():
    print(f"  {name}: {(now - date).days} days ({date:%Y-%m-%d})")
ages = [(now - date).days for date in dates.values()]
assert ages[:2] == [0, 0] and dates["the upload it belongs to"].year == 2010, "this has changed"
print("As described: every multipart upload began in 2010.")
PY
