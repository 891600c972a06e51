"""Verifies a delivery with Python's own library."""

import base64
import hashlib
import hmac
import time


def is_genuine(secret: str, headers: dict, body: bytes, tolerance_s: int = 300) -> bool:
    """Whether one of the signatures fits and the delivery is not old. The names of the headers are in lower case."""
    webhook_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > tolerance_s:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{webhook_id}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(mac).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected, one) for one in given)
