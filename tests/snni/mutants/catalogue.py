"""Every mutant, by name."""

from tests.snni.mutants.active import ACTIVE
from tests.snni.mutants.among_servers import THREE_SERVERS
from tests.snni.mutants.audits import AUDITS
from tests.snni.mutants.checks import CHECKS
from tests.snni.mutants.kernels import KERNELS
from tests.snni.mutants.masks import MASKS
from tests.snni.mutants.mutant import Mutant
from tests.snni.mutants.seeds import SEEDS
from tests.snni.mutants.share_sessions import SHARE_SESSIONS
from tests.snni.mutants.two_flights import TWO_FLIGHTS_MASKS
from tests.snni.mutants.with_a_witness import FOUR_SERVERS
from tests.snni.mutants.with_proofs import THREE_ACTIVE_SERVERS

ALL: tuple[Mutant, ...] = (
    *(*MASKS, *TWO_FLIGHTS_MASKS, *SEEDS, *CHECKS, *ACTIVE, *KERNELS, *AUDITS),
    *(*THREE_SERVERS, *FOUR_SERVERS, *THREE_ACTIVE_SERVERS, *SHARE_SESSIONS),
)
NAMED = {mutant.name: mutant for mutant in ALL}
