"""Shares on disk: what is written is what is run with, and what was changed or mixed up is refused."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from snni.errors import BundleError
from snni.multiparty.__main__ import main
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.roles import Role
from snni.multiparty.select import rows
from snni.multiparty.share_files import COMMITMENTS_FILE, SHARE_FILE, load_share, write_shares
from tests.support.networks import residual


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    directory = tmp_path_factory.mktemp("shares")
    write_shares(residual(), directory)
    return directory


def test_each_folder_loads_as_its_role(shared):
    models = {role: load_share(shared / role.value) for role in Role}
    assert isinstance(models[Role.DEALER], DealerModel)
    for role in (Role.FIRST, Role.SECOND):
        model = models[role]
        assert isinstance(model, EvaluatorModel) and model.role is role


def test_no_folder_alone_holds_a_weight(shared):
    """Each tensor that an evaluator has is the weights masked: told apart from chance by nobody who has that file."""
    bundle = residual()
    for role in (Role.FIRST, Role.SECOND):
        content = (shared / role.value / SHARE_FILE).read_bytes()
        for name, weight in bundle.weights.items():
            if name.endswith(".weight") and weight.size >= 16:
                assert weight.astype(np.int64).astype(np.uint32).tobytes() not in content
                assert weight.astype(np.int8).tobytes() not in content
    assert (shared / "dealer" / SHARE_FILE).stat().st_size < 512


def test_a_selection_is_shared_with_the_weights(tmp_path):
    write_shares(residual(), tmp_path, rows("0,3", 4))
    for role in Role:
        selection = load_share(tmp_path / role.value).selection
        assert (selection.step.out_channels, selection.channels) == (2, 4)
    write_shares(residual(), tmp_path / "without")
    assert load_share(tmp_path / "without" / "first").selection is None


def test_only_the_owner_reads_a_share(shared):
    assert all((shared / role.value / SHARE_FILE).stat().st_mode & 0o777 == 0o600 for role in Role)


def test_a_changed_or_foreign_share_is_refused(shared, tmp_path):
    copy = shutil.copytree(shared / "first", tmp_path / "first")
    content = bytearray((copy / SHARE_FILE).read_bytes())
    content[-1] ^= 1
    (copy / SHARE_FILE).write_bytes(content)
    with pytest.raises(BundleError, match="none of the shares"):
        load_share(copy)
    write_shares(residual(), tmp_path / "again")
    shutil.copy(tmp_path / "again" / "first" / SHARE_FILE, copy / SHARE_FILE)
    with pytest.raises(BundleError, match="none of the shares"):
        load_share(copy)
    (copy / COMMITMENTS_FILE).write_text("{}")
    with pytest.raises(BundleError, match="another plan"):
        load_share(copy)
    (copy / COMMITMENTS_FILE).write_text("no")
    with pytest.raises(BundleError, match="not JSON"):
        load_share(copy)
    with pytest.raises(BundleError):
        load_share(tmp_path / "nowhere")


def test_the_command_says_what_goes_where(tmp_path, capsys):
    residual().committed().save(tmp_path / "bundle")
    assert main(["--bundle", str(tmp_path / "bundle"), "--out", str(tmp_path / "out")]) == 0
    assert all(role.value in capsys.readouterr().out for role in [Role.DEALER])
    assert main(["--bundle", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert "none" in capsys.readouterr().err
