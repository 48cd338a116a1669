"""Mutants that let a client, or a dealer, have more of a share server than is its own."""

from tests.snni.mutants.mutant import Mutant

EVALUATING = "snni/multiparty/session/evaluating.py"
SESSION = "tests/snni/multiparty/session"
DRAWS = f"{SESSION}/test_runs.py::test_an_evaluator_draws_for_one_run_of_each_number"
COUNTED = f"{SESSION}/test_client_limits.py::test_a_client_has_its_inferences_of_a_day_whatever_it_shows"
ORDERED = f"{SESSION}/test_client_limits.py::test_what_is_prepared_and_never_claimed_is_counted_whatever_it_shows"

SHARE_SESSIONS = (
    Mutant(
        "evaluator-draws-a-number-twice",
        "the order of runs at an evaluator: one number's masks for two runs",
        EVALUATING,
        "if order.number != expected or len(order.seeds) != 1:",
        "if len(order.seeds) != 1:",
        f"{DRAWS}[three passive servers-0]",
        results=False,
    ),
    Mutant(
        "share-inferences-not-counted",
        "the bound on a client's inferences of a day among share servers",
        EVALUATING,
        "self._budget.take(self.client, task.results)",
        "self._budget.taken",
        f"{COUNTED}[three passive servers]",
        results=False,
    ),
    Mutant(
        "share-inferences-counted-by-certificate",
        "the name that they are counted by: a renewed certificate gives them back",
        EVALUATING,
        "self._budget.take(self.client, task.results)",
        "self._budget.take(self.asker, task.results)",
        f"{COUNTED}[three passive servers]",
        results=False,
    ),
    Mutant(
        "share-orders-not-counted",
        "the bound on what is prepared for a client among share servers, and never claimed",
        EVALUATING,
        "self._budget.order(self.client, task.results)",
        "self._budget.ordered",
        f"{ORDERED}[three passive servers]",
        results=False,
    ),
    Mutant(
        "share-sessions-without-end",
        "the age at which a share server ends a session: its certificate is looked at once, for ever",
        "snni/multiparty/session/session.py",
        "if self._limits.lifetime.spent(time.monotonic() - self._began, 0):",
        "if self._closed:",
        f"{SESSION}/test_ends.py::test_a_session_that_has_lived_long_enough_ends",
        results=False,
    ),
    Mutant(
        "dealt-messages-of-any-length",
        "the length of what the second of three active servers is dealt: a dealer fills its memory",
        "snni/multiparty/prove/taking.py",
        "self._channel.recv(DEALT, next(self._sizes))",
        "self._channel.recv(DEALT)",
        "tests/snni/multiparty/prove/test_cost.py::test_the_second_makes_room_for_what_is_dealt_and_no_more",
        results=False,
    ),
)
