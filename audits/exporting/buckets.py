"""Requests to buckets that speak S3, signed with AWS Signature Version 4."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

_SERVICE = "s3"


def address(endpoint: str, bucket: str, name: str) -> str:
    """Of an object; the bucket stands in the path, which every server understands."""
    return f"{endpoint.rstrip('/')}/{quote(bucket, safe='')}/{quote(name, safe='/-_.~')}"


def headers(
    url: str, body: bytes, *, region: str, access_key: str, secret_key: str, more: Mapping[str, str]
) -> dict[str, str]:
    """All headers of a PUT of ``body``, its signature among them."""
    sha256 = hashlib.sha256(body).hexdigest()
    request = AWSRequest("PUT", url, data=body, headers={**more, "X-Amz-Content-SHA256": sha256})
    S3SigV4Auth(Credentials(access_key, secret_key), _SERVICE, region).add_auth(request)
    return {str(name): str(value) for name, value in request.headers.items()}
