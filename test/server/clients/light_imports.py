"""Runs a program for which clip_retrieval is no more than its client, which needs nothing of torch, faiss and the rest."""

import importlib.util
import runpy
import sys
import types

specification = importlib.util.find_spec("clip_retrieval")
if specification:
    package = types.ModuleType("clip_retrieval")
    package.__path__ = list(specification.submodule_search_locations)
    sys.modules["clip_retrieval"] = package

sys.argv = sys.argv[1:]
sys.path[0] = sys.argv[0].rpartition("/")[0]
runpy.run_path(sys.argv[0], run_name="__main__")
