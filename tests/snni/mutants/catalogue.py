"""Every mutant, by name."""

from tests.snni.mutants.active import ACTIVE
from tests.snni.mutants.checks import CHECKS
from tests.snni.mutants.kernels import KERNELS
from tests.snni.mutants.masks import MASKS
from tests.snni.mutants.mutant import Mutant

ALL: tuple[Mutant, ...] = (*MASKS, *CHECKS, *ACTIVE, *KERNELS)
NAMED = {mutant.name: mutant for mutant in ALL}
