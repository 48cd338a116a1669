"""Shares on disk: what is written is what is run with, and what was changed or mixed up is refused."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load, save

from snni.errors import BundleError, ParameterError
from snni.multiparty.__main__ import main
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.roles import Role, Setting
from snni.multiparty.select import rows
from snni.multiparty.share_files import COMMITMENTS_FILE, SHARE_FILE, load_share, write_shares
from tests.deploy.told import told
from tests.support.networks import residual

ROLES = Setting.THREE_PASSIVE.roles


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    directory = tmp_path_factory.mktemp("shares")
    write_shares(residual(), directory)
    return directory


def test_each_folder_loads_as_its_role(shared):
    models = {role: load_share(shared / role.value) for role in ROLES}
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
    for role in ROLES:
        selection = load_share(tmp_path / role.value).selection
        assert (selection.step.out_channels, selection.channels) == (2, 4)
    write_shares(residual(), tmp_path / "without")
    assert load_share(tmp_path / "without" / "first").selection is None


def test_a_selection_that_no_server_would_load_is_not_shared(tmp_path):
    with pytest.raises(ParameterError):
        write_shares(residual(), tmp_path, rows("all", 100))
    assert not list(tmp_path.iterdir())


def test_four_servers_shares_are_of_four(shared, tmp_path):
    """The dealer has S + U, the witness U's seed, and neither S: so neither tells a weight without the other's mask."""
    write_shares(residual(), tmp_path, rows("0,3", 4), Setting.FOUR_ACTIVE)
    models = {role: load_share(tmp_path / role.value) for role in Setting.FOUR_ACTIVE.roles}
    assert {role: model.role for role, model in models.items()} == {role: role for role in Role}
    assert all(model.setting is Setting.FOUR_ACTIVE and model.selection is not None for model in models.values())
    for name, first in models[Role.FIRST].convolutions.items():
        parts = [models[role].convolutions[name] for role in (Role.DEALER, Role.WITNESS)]
        assert np.array_equal(parts[0].weights.limbs, parts[1].weights.limbs)
        assert not np.array_equal(parts[0].aside.limbs, first.masked.limbs)
    assert "aside" not in (shared / "dealer" / SHARE_FILE).read_bytes().decode("latin1")
    content = json.loads((tmp_path / "first" / COMMITMENTS_FILE).read_text())
    (tmp_path / "first" / COMMITMENTS_FILE).write_text(json.dumps(content | {"setting": "four passive servers"}))
    with pytest.raises(BundleError, match="setting"):
        load_share(tmp_path / "first")


def test_only_the_owner_reads_a_share(shared):
    assert all((shared / role.value / SHARE_FILE).stat().st_mode & 0o777 == 0o600 for role in ROLES)


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_shares_that_lie_there_are_not_replaced(tmp_path, setting):
    """Whatever they are shares of, and if one alone is left: a share that is gone takes all others with it."""
    write_shares(residual(), tmp_path, setting=Setting.FOUR_ACTIVE)
    for role in (Role.DEALER, Role.FIRST, Role.SECOND):
        shutil.rmtree(tmp_path / role.value)
    kept = (tmp_path / "witness" / SHARE_FILE).read_bytes()
    with pytest.raises(BundleError, match="is a share already"):
        write_shares(residual(), tmp_path, setting=setting)
    assert [path.name for path in tmp_path.iterdir()] == ["witness"]
    assert (tmp_path / "witness" / SHARE_FILE).read_bytes() == kept


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


@pytest.mark.parametrize(
    ("role", "name", "tensor"),
    [
        ("dealer", "selection.shape", np.array([2, 2**31], np.uint32)),  # 16 GiB
        ("dealer", "selection.shape", np.array([65, 100], np.uint32)),
        ("dealer", "selection.shape", np.array([2, 0], np.uint32)),
        ("dealer", "selection.seeds", np.zeros((1, 16), np.uint8)),
        ("first", "selection.weight", np.zeros((2, 1025, 1, 1), np.uint32)),
        ("first", "selection.weight", np.zeros((0, 4, 1, 1), np.uint32)),
        ("first", "selection.weight", np.zeros((2, 4), np.uint32)),
        ("first", "selection.weight", np.full((2, 4, 1, 1), np.nan, np.float32)),
        ("first", "selection.bias", np.zeros(7, np.uint32)),
    ],
)
def test_a_share_of_what_is_no_selection_is_refused(tmp_path, role, name, tensor):
    """Whoever made it, and though its digest is the one that is named: before anything is drawn for it."""
    write_shares(residual(), tmp_path, rows("0,3", 4))
    file, named = tmp_path / role / SHARE_FILE, tmp_path / role / COMMITMENTS_FILE
    content = save(dict(load(file.read_bytes())) | {name: tensor})
    file.write_bytes(content)
    named.write_text(json.dumps(json.loads(named.read_text()) | {role: hashlib.sha256(content).hexdigest()}))
    with pytest.raises(BundleError, match=f"not a {role}'s share"):
        load_share(tmp_path / role)


def test_the_command_says_what_goes_where(tmp_path, capsys):
    residual().committed().save(tmp_path / "bundle")
    assert main(["--bundle", str(tmp_path / "bundle"), "--out", str(tmp_path / "out")]) == 0
    assert all(role.value in capsys.readouterr().out for role in [Role.DEALER])
    assert main(["--bundle", str(tmp_path / "bundle"), "--out", str(tmp_path / "out")]) == 2
    assert "another folder" in capsys.readouterr().err
    names = {"DIR": tmp_path / "bundle", "OUT": tmp_path / "four"}
    assert main(told("./run share-model --bundle DIR --parties 4 --out OUT", names).split()[2:]) == 0
    assert "witness" in capsys.readouterr().out
    assert main(["--bundle", str(tmp_path / "bundle"), "--out", str(tmp_path / "active"), "--active"]) == 0
    assert "witness" not in capsys.readouterr().out
    assert load_share(tmp_path / "active" / "first").setting is Setting.THREE_ACTIVE
    videos = ["--active", "--frames", "10"]
    assert main(["--bundle", str(tmp_path / "bundle"), "--out", str(tmp_path / "videos"), *videos]) == 0
    assert "selection" in load_share(tmp_path / "videos" / "second").proving
    assert "witness" not in capsys.readouterr().out
    assert main(["--bundle", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert "none" in capsys.readouterr().err
