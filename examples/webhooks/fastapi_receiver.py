"""A receiver with FastAPI. WEBHOOK_SECRET=whsec_... uvicorn fastapi_receiver:app --port 8080"""

import os

from fastapi import FastAPI, Request, Response

from verify_webhook import is_genuine

app = FastAPI()
taken: set[str] = set()  # in earnest: a table with a unique column


@app.post("/hook")
async def hook(request: Request) -> Response:
    body = await request.body()
    if not is_genuine(os.environ["WEBHOOK_SECRET"], dict(request.headers), body):
        return Response(status_code=401)
    webhook_id = request.headers["webhook-id"]
    if webhook_id not in taken:
        taken.add(webhook_id)
        event = await request.json()
        print(event["type"], event["data"]["sessionId"])
    return Response(status_code=204)
