"""Runs the kit against a vendor in memory, under a clock of its own: no run waits for anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from adapters.outgoing import outgoing
from schemas.ijw_3_2.reading import Schemas
from streams.conformance import aanbieder, gemeente
from streams.conformance.casus import Role, Run
from streams.conformance.counterpart import counterpart
from streams.conformance.playing import Act, Kit, Listen, Now, Offer, Playing, playing
from streams.conformance.report import Report, report_of
from streams.conformance.scenarios import Scenario
from tests.support.vendor import Out, Vendor

STARTED = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
PATIENCE, QUIET = timedelta(seconds=30), timedelta(seconds=5)
SCENARIOS: dict[Role, Sequence[Scenario]] = {"aanbieder": aanbieder.SCENARIOS, "gemeente": gemeente.SCENARIOS}


@cache
def schemas() -> Schemas:
    """Our own schemas, compiled once."""
    return Schemas()


class Simulated:
    """The kit and a vendor, connected without a wire."""

    def __init__(self, vendor: Vendor, scenarios: Sequence[Scenario]) -> None:
        run = Run(vendor.role, vendor.gemeente, vendor.aanbieder, STARTED)
        self.vendor = vendor
        self.now = STARTED
        self.kit = Kit(run, counterpart(run, schemas()), schemas())
        self.playing: Playing = playing(self.kit, scenarios, STARTED, PATIENCE, QUIET)

    def run(self) -> Report:
        """Play everything."""
        acts = self.playing.play()
        act = next(acts)
        try:
            while True:
                act = acts.send(self._done(act))
        except StopIteration:
            return report_of(self.playing, (), "in memory", "0")

    def _done(self, act: Act) -> Now:
        if isinstance(act, Offer):
            return Now(self.now, self.vendor.receive(outgoing(act.output), self.now))
        if isinstance(act, Listen):
            self._listen(act.until)
        else:
            self.vendor.asked(act.ask.wish, act.facts, self.now)
        return Now(self.now)

    def _listen(self, until: datetime) -> None:
        while not self.kit.inbox:
            due = min(self.vendor.outbox, key=lambda out: out.due, default=None)
            if due is None or due.due > until:
                self.now = until
                return
            self.now = max(self.now, due.due)
            self.vendor.outbox.remove(due)
            self._bring(due)

    def _bring(self, out: Out) -> None:
        said = self.kit.receive(out.parcel.body, str(out.parcel.reference), self.now, out.parcel.declared)
        if said in ("lose", "unavailable"):
            self.vendor.not_received(out, said == "lose", self.now)


def run_kit(vendor: Vendor, only: Sequence[str] = ()) -> Report:
    """A run against this vendor, of all scenarios of its role or of some."""
    chosen = [one for one in SCENARIOS[vendor.role] if not only or one.id in only]
    return Simulated(vendor, chosen).run()
