"""The sanitizer leg tests what it says it tests, and it can fail."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from snni import _aes
from snni.multiparty import _field, _gate, _ring_convolution
from snni.twoparty import _linear, _nonlinear, _ot
from snni.wire import _packing

INSTRUMENTED = b"__asan_report_store"
UNDER_SANITIZERS = "libasan" in os.environ.get("LD_PRELOAD", "")

OVERRUN = r"""
#include <Python.h>
static PyObject* spoil(PyObject* self, PyObject* argument) {
  Py_buffer view;
  if (PyObject_GetBuffer(argument, &view, PyBUF_WRITABLE) != 0) return NULL;
  volatile char* bytes = view.buf;
  bytes[view.len] = 1;
  PyBuffer_Release(&view);
  Py_RETURN_NONE;
}
static PyObject* shift(PyObject* self, PyObject* argument) {
  return PyLong_FromLong(1 << (int)PyLong_AsLong(argument));
}
static PyMethodDef methods[] = {
    {"spoil", spoil, METH_O, NULL}, {"shift", shift, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "overrun", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_overrun(void) { return PyModule_Create(&module); }
"""


@pytest.mark.parametrize(
    "module", [_aes, _packing, _field, _gate, _ring_convolution, _linear, _nonlinear, _ot], ids=lambda m: m.__name__
)
def test_modules_are_instrumented_under_the_sanitizers_and_only_there(module):
    assert (INSTRUMENTED in Path(module.__file__).read_bytes()) == UNDER_SANITIZERS


@pytest.fixture
def overrun(tmp_path):
    """The environment of an interpreter that can import an instrumented extension of two faults."""
    source = tmp_path / "overrun.c"
    source.write_text(OVERRUN)
    library = tmp_path / ("overrun" + sysconfig.get_config_var("EXT_SUFFIX"))
    include = "-I" + sysconfig.get_path("include")
    command = ["gcc", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-shared", "-fPIC", include]
    subprocess.run([*command, str(source), "-o", str(library)], check=True, env=os.environ | {"LD_PRELOAD": ""})
    runtime = subprocess.run(["gcc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True)
    options = f"detect_leaks=0:halt_on_error=1:log_path={tmp_path / 'report'}"
    return os.environ | {
        "LD_PRELOAD": os.environ.get("LD_PRELOAD") or runtime.stdout.strip(),
        "PYTHONPATH": str(tmp_path),
        "ASAN_OPTIONS": options,
        "UBSAN_OPTIONS": options,
        "PYTHONMALLOC": "malloc",
    }


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("spoil(numpy.zeros(16, numpy.uint8))", "heap-buffer-overflow"),
        ("spoil(numpy.zeros(999, numpy.uint32))", "heap-buffer-overflow"),
        ("shift(40)", "shift exponent"),
    ],
)
def test_a_fault_ends_the_process_with_a_report(overrun, tmp_path, fault, named):
    program = f"import numpy, overrun; overrun.{fault}; print('unnoticed')"
    run = subprocess.run([sys.executable, "-c", program], env=overrun, capture_output=True, text=True, check=False)
    assert run.returncode != 0 and "unnoticed" not in run.stdout
    reports = "".join(report.read_text() for report in tmp_path.glob("report.*"))
    assert named in reports + run.stderr
