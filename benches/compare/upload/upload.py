"""The script that a team would write: csv, aiohttp, so many in flight. No mapping but this one, no ledger, no retries.

upload.py FILE URL IN_FLIGHT prints responses uploaded and seconds."""

import asyncio
import csv
import sys
import time

import aiohttp


def body(row):
    return {"response": {
        "comment": row["Comment"], "score": int(row["NPS"]), "created_at": row["Submitted"],
        "data_type": "nps", "data_source": "typeform",
        "user_meta": {
            "email": {"type": "text", "name": "Email", "value": row["Email"]},
            "chatterload_key": {"type": "text", "name": "Chatterload key", "value": "k" + row["Response ID"].ljust(26, "a")},
        },
        "segments": {
            "country": {"type": "text", "name": "Country", "value": row["Country"]},
            "plan": {"type": "text", "name": "Plan", "value": row["Plan"]},
            "basket": {"type": "number", "name": "Basket", "value": float(row["Basket"])},
        },
    }}


async def worker(session, url, rows):
    done = 0
    # One iterator for all workers: each row is taken once.
    for row in rows:
        async with session.post(url, json=body(row)) as answer:
            assert answer.status == 201, answer.status
            assert (await answer.json())["response"]["id"]
            done += 1
    return done


async def main(path, url, in_flight):
    connector = aiohttp.TCPConnector(limit=in_flight)
    headers = {"Authorization": "Bearer k"}
    started = time.monotonic()
    with open(path, newline="") as file:
        rows = csv.DictReader(file)
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
            done = sum(await asyncio.gather(*(worker(session, url, rows) for _ in range(in_flight))))
    print(done, f"{time.monotonic() - started:.3f}")


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
