#!/bin/sh
# One would guess: deleting files either deletes them all or raises, as deleting a single one does.
# True in s3fs 2026.9.0: rm() asks for up to a thousand deletions in one request (DeleteObjects), whose answer is a
# success that tells refusals key by key. Nobody raises them: rm() of a folder that a policy protects returns as if it
# had worked, though every file is still there. rm_file() of one of them raises PermissionError. moto stands in for S3
# here; the policy is a plain Deny of s3:DeleteObject for one prefix.
# Source: s3fs/core.py, _bulk_delete; s3fs issue 838 and pull request 1047 (which raises, in a later release).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check s3fs==2026.9.0 "moto[s3]==5.2.5" \
  flask==3.1.3 flask-cors==6.0.5
"$work/venv/bin/python" - <<'PY' 2>/dev/null
import json
import logging
import os
from importlib.metadata import version

import boto3
import s3fs
from moto.server import ThreadedMotoServer

logging.disable(logging.WARNING)
os.environ.update(AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret", AWS_DEFAULT_REGION="us-east-1")
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
deny = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:DeleteObject",
    "Resource": "arn:aws:s3:::bucket/kept/*",
}
client = boto3.client("s3", endpoint_url=url)
client.create_bucket(Bucket="bucket")
for key in ("free/one", "kept/one", "kept/two"):
    client.put_object(Bucket="bucket", Key=key, Body=b"1")
client.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))

files = s3fs.S3FileSystem(endpoint_url=url)
files.rm(["bucket/free/one", "bucket/kept/one"])
files.rm("bucket/kept", recursive=True)
files.invalidate_cache()
left = files.find("bucket")
try:
    files.rm_file("bucket/kept/one")
    single = "no error"
except PermissionError:
    single = "PermissionError"
print("s3fs", version("s3fs"), "- of a folder whose files may not be deleted:")
print("  rm of a free and a kept file, and of the kept folder: no error")
print("  still there afterwards:", left)
print("  rm_file of a kept file:", single)
server.stop()
assert left == ["bucket/kept/one", "bucket/kept/two"], "this has changed"
assert single == "PermissionError", "this has changed"
print("As described: many refusals are silent, one is an error.")
PY
