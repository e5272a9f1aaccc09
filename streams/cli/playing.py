"""Plays the steps of a journey on a running hub, as the software of the parties would: over HTTP and in folders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from lxml import etree

from adapters.file_drop.files import FOUT, IN, KLAAR, OUT
from streams.cli.journeys import Ending, Step

PATIENCE = 15.0
"""Seconds after which something that should have happened counts as not happening."""
UNFETCHED = frozenset(["cjg-heemstede"])
"""Parties that leave their mailbox as it is, so that there is something to look at."""
NO_REMARK = "0200"

T = TypeVar("T")


class NotSeen(Exception):
    """Something did not happen in time; the text tells what."""


@dataclass(frozen=True, slots=True)
class Played:
    """A step, how it ended, and the id that the hub gave it. `ending` is None when that could not be seen."""

    step: Step
    ending: Ending | None
    id: str | None = None
    problem: str | None = None

    @property
    def as_written(self) -> bool:
        """Whether it ended as it should."""
        return self.ending == self.step.ending


class Player:
    """Offers messages, waits for what comes of them, and fetches and acknowledges that.

    `folders` holds the folder of each party that has one; every token is demo-<party id>.
    """

    def __init__(self, client: httpx.AsyncClient, folders: Mapping[str, Path]) -> None:
        self._client = client
        self._folders = folders

    async def play(self, step: Step) -> Played:
        """Play one step to its end."""
        try:
            return await (self._by_folder(step) if step.folder else self._by_http(step))
        except NotSeen as error:
            return Played(step, None, problem=str(error))
        except (httpx.HTTPError, etree.LxmlError, OSError, ValueError, KeyError) as error:
            return Played(step, None, problem=type(error).__name__)

    async def _by_http(self, step: Step) -> Played:
        headers = {**_token(step.party), "Content-Type": "application/xml", "Idempotency-Key": step.reference}
        response = await self._client.post("/v1/berichten", content=step.body, headers=headers)
        said = response.json()
        if response.status_code != 202:
            reason = said["type"].rpartition(":")[2]
            return Played(step, Ending("set aside", f"HTTP {response.status_code}", rules=(reason,)))
        if said["herhaling"]:
            return Played(step, Ending("repeated", "as before"), said["id"])
        return Played(step, await self._ending(step, said["id"]), said["id"])

    async def _by_folder(self, step: Step) -> Played:
        folder = self._folders[step.party]
        hidden = folder / IN / f".{step.reference}"
        hidden.write_bytes(step.body)
        hidden.rename(folder / IN / step.reference)
        taken = await _seen(f"{step.reference} in {KLAAR}", lambda: _first(folder / KLAAR, f"*-{step.reference}"))
        id = taken.name.removesuffix(f"-{step.reference}")
        return Played(step, await self._ending(step, id), id)

    async def _ending(self, step: Step, id: str) -> Ending:
        """Wait until a message is processed, and collect what came of it from every party concerned."""
        status = await _seen(f"the verdict on {id}", lambda: self._processed(step.party, id))
        answer, codes = await self._answer(step.party, status)
        return Ending(
            outcome=status["uitkomst"],
            answer=answer,
            receivers=tuple([p for p in step.ending.receivers if await self._received(p, id, step.body)]),
            level=status["niveau"],
            codes=codes,
            rules=tuple(dict.fromkeys(finding["rule"] for finding in status["bevindingen"])),
        )

    async def _processed(self, party: str, id: str) -> Mapping[str, Any] | None:
        status = await self._status(party, id)
        return status if status is not None and status["verwerkt"] else None

    async def _status(self, party: str, id: str) -> Mapping[str, Any] | None:
        response = await self._client.get(f"/v1/berichten/{id}", headers=_token(party))
        if response.status_code == 404:
            return None
        found: Mapping[str, Any] = response.raise_for_status().json()
        return found

    async def _answer(self, party: str, status: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
        """The answer for the sender, fetched and acknowledged, and the codes in it."""
        made = next((output for output in status["uitvoer"] if output["soort"] != "bericht"), None)
        if made is None:
            return "-", ()
        body = await self._fetched(party, made)
        if made["soort"] == "fout":
            return "fault", ()
        codes = dict.fromkeys(e.text or "" for e in etree.fromstring(body).iter("{*}RetourCode"))
        return made["bericht"], tuple(code for code in codes if code != NO_REMARK)

    async def _received(self, party: str, id: str, body: bytes) -> bool:
        """Whether a party has the message, byte for byte."""
        status = await self._status(party, id)
        made = next((output for output in status["uitvoer"] if output["soort"] == "bericht"), None) if status else None
        return made is not None and (party in UNFETCHED or await self._fetched(party, made) == body)

    async def _fetched(self, party: str, output: Mapping[str, Any]) -> bytes:
        """An output as its party gets it: a file in its folder, or from its mailbox and acknowledged there."""
        if party in self._folders:
            place = self._folders[party] / (FOUT if output["soort"] == "fout" else OUT)
            file = await _seen(f"{output['id']} in a folder", lambda: _first(place, f"*{output['id']}.*"))
            return file.read_bytes()
        fetched = await self._client.get(f"/v1/postbus/{output['id']}", headers=_token(party))
        acknowledged = await self._client.delete(f"/v1/postbus/{output['id']}", headers=_token(party))
        acknowledged.raise_for_status()
        return fetched.raise_for_status().content


def _token(party: str) -> dict[str, str]:
    return {"Authorization": f"Bearer demo-{party}"}


async def _first(folder: Path, pattern: str) -> Path | None:
    return next((file for file in folder.glob(pattern) if not file.name.startswith(".")), None)


async def _seen(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds, as soon as it finds something. Raises NotSeen after PATIENCE."""
    try:
        async with asyncio.timeout(PATIENCE):
            while (found := await look()) is None:
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise NotSeen(f"waited {PATIENCE:.0f} seconds for {what}") from None
