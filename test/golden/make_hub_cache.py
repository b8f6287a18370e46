"""Uses Python's huggingface_hub on a cache, for test/hub.test.ts and test/hub-datasets.test.ts, which start the hub
that it talks to.

    make_hub_cache.py download CACHE   downloads into CACHE from HF_ENDPOINT
    make_hub_cache.py describe CACHE   prints every file and link of CACHE: the golden file hub-cache.json
    make_hub_cache.py scan CACHE       prints what scan_cache_dir makes of CACHE
    make_hub_cache.py open CACHE       prints the snapshot folder that Python finds in CACHE without a hub
    make_hub_cache.py dataset CACHE    prints the snapshot folder of one split of a data set; downloads what CACHE lacks,
                                       and asks nobody with HF_HUB_OFFLINE=1

huggingface_hub 2.4.0 wrote the committed golden file.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

MODEL, DATASET = "acme/clip", "acme/pictures"


def download(cache):
    from huggingface_hub import hf_hub_download, snapshot_download

    hf_hub_download(MODEL, "config.json", cache_dir=cache)
    snapshot_download(MODEL, cache_dir=cache, allow_patterns=["*.json", "onnx/*"])
    snapshot_download(MODEL, revision="feature/new-head", cache_dir=cache, allow_patterns=["config.json"])
    snapshot_download(DATASET, repo_type="dataset", cache_dir=cache)


def describe(cache):
    entries = {}
    for path in sorted(cache.rglob("*")):
        name = path.relative_to(cache).as_posix()
        if path.is_symlink():
            entries[name] = "-> " + os.readlink(path)
        elif path.is_file() and not name.startswith((".locks/", "CACHEDIR.TAG")):
            entries[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return entries


def scan(cache):
    from huggingface_hub import scan_cache_dir

    info = scan_cache_dir(cache)
    repos = [
        {
            "type": repo.repo_type,
            "name": repo.repo_id,
            "bytes": repo.size_on_disk,
            "revisions": [
                {"commit": r.commit_hash, "refs": sorted(r.refs), "files": len(r.files), "bytes": r.size_on_disk}
                for r in sorted(repo.revisions, key=lambda r: r.commit_hash)
            ],
        }
        for repo in sorted(info.repos, key=lambda repo: repo.repo_path.name)
    ]
    return {"repos": repos, "warnings": [str(w) for w in info.warnings], "incomplete": len(info.incomplete_files)}


def open_offline(cache):
    from huggingface_hub import snapshot_download

    return snapshot_download(MODEL, cache_dir=cache, allow_patterns=["*.json", "onnx/*"], local_files_only=True)


def dataset(cache):
    from huggingface_hub import snapshot_download

    patterns = ["README.md", "data/test-*"]
    return snapshot_download("acme/birds", repo_type="dataset", cache_dir=cache, allow_patterns=patterns)


if __name__ == "__main__":
    commands = {"download": download, "describe": describe, "scan": scan, "open": open_offline, "dataset": dataset}
    print(json.dumps(commands[sys.argv[1]](Path(sys.argv[2])), indent=1))
