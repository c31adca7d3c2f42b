"""The other end of our pipes: the process that started us."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import threading
from dataclasses import asdict
from typing import IO, Any

from audits.conformance.engine.shapes import Question, Reply, line


class Parent:
    """Messages come in and go out in threads of their own, so that neither end ever makes the other's clock stand."""

    def __init__(self, said: IO[bytes], heard: IO[bytes]) -> None:
        self._said = said
        self._heard = heard
        self._going: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._questions: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Future[list[Question]]]] = {}
        self._writer = threading.Thread(target=self._write)

    def next(self) -> dict[str, Any]:
        """The next message, before `listen` is called."""
        raw = self._said.readline()
        if not raw:
            os._exit(1)
        message: dict[str, Any] = json.loads(raw)
        return message

    def listen(self) -> None:
        self._writer.start()
        threading.Thread(target=self._read, daemon=True).start()

    def say(self, **message: Any) -> None:
        self._going.put(line(**message))

    def stopped(self) -> bool:
        return self._stop.is_set()

    async def questions(self, reply: Reply) -> list[Question]:
        """Say a reply, and hear what the judge is to be asked about it."""
        loop, key = asyncio.get_running_loop(), reply.key
        future: asyncio.Future[list[Question]] = loop.create_future()
        self._questions[key] = (loop, future)  # before it is said: the questions may come at once
        try:
            self.say(said=asdict(reply))
            return await future
        finally:
            del self._questions[key]

    def close(self) -> None:
        """Returns when everything that was said is out."""
        self._going.put(None)
        self._writer.join()
        self._heard.close()

    def _write(self) -> None:
        while (each := self._going.get()) is not None:
            try:
                self._heard.write(each)
                self._heard.flush()
            except BrokenPipeError:
                os._exit(1)

    def _read(self) -> None:
        for raw in self._said:
            message = json.loads(raw)
            if message.get("stop"):
                self._stop.set()
            elif waiting := self._questions.get(message["key"]):
                loop, future = waiting
                loop.call_soon_threadsafe(_settle, future, [Question(**each) for each in message["questions"]])
        os._exit(1)  # whoever started us is gone, and nobody waits for anything any more


def _settle(future: asyncio.Future[list[Question]], questions: list[Question]) -> None:
    if not future.done():
        future.set_result(questions)
