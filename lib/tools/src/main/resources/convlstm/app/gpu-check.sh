#!/bin/bash
# Tests and times everything on a GPU machine that is lent for minutes, the most valuable first:
#
#   ./gpu-check.sh [SECONDS]     default 450; each step has its own limit, and all goes to $OUT as it comes
#
# OUT=FOLDER (default: results), PY=PYTHON with a CUDA build of PyTorch (default: python3), CUDA_LIBRARY=FILE.
cd "$(dirname "$0")" || exit 1
END=$((SECONDS + ${1:-450}))
export OUT=${OUT:-$PWD/results} PYTHONUNBUFFERED=1 PATH=$PATH:/usr/local/cuda/bin
export CUDA_CACHE_PATH=${CUDA_CACHE_PATH:-$PWD/translated} CUDA_CACHE_MAXSIZE=1073741824
mkdir -p "$OUT"
exec > >(tee -a "$OUT/all.log") 2>&1
PY=${PY:-$(command -v python3)}
L=${CUDA_LIBRARY:-$(ldconfig -p | awk '/libcuda.so.1/{print $NF; exit}')}
L=${L:-$(ls /usr/local/nvidia/lib*/libcuda.so.1 2>/dev/null | head -1)}
export CUDA_LIBRARY=$L LD_LIBRARY_PATH=$LD_LIBRARY_PATH:$(dirname "$L") # the translator of PTX lies beside it
J="runtime/bin/java @flags@ -Xmx4g -Dconvlstm.gpu=required ${L:+-Dconvlstm.cuda.library=$L} -cp tests:jars/*"

step() { # SECONDS NAME COMMAND...
    local most=$1 name=$2 start=$SECONDS left=$((END - SECONDS)) rc
    shift 2
    ((left < 8)) && { echo "## $name: no time"; return; }
    echo "## $name"
    timeout -k 3 $((most < left ? most : left)) "$@"
    rc=$?
    echo "## $name: rc $rc, $((SECONDS - start)) s"
    return $rc
}

tests() { # a process for each class: after an illegal address a GPU refuses all that its process asks for
    for c in @tests@; do
        (
            s=$SECONDS
            $J convlstm.build.RunTests convlstm.$c > "$OUT/$c.log" 2>&1
            echo "$c $((SECONDS - s)) s: $(tail -n 1 "$OUT/$c.log" | cut -c1-300)"
        ) &
    done
    wait
    grep -h -A3 FAILED "$OUT"/*Test.log | cut -c1-300 | head -30
}

peer() { # a form of PyTorch, workloads whose data the kit's steps have left
    local p=$1
    shift
    for w in "$@"; do
        printf 'load %s target/bench/%s.npz\nsteps 5 60\nsteps 200 2\n' "$(sed -n "s/^$w //p" "$OUT/workloads")" $w
    done | $PY lib/tools/src/main/python/bench_peers.py $p 16 2>> "$OUT/peers.err" | $PY -c 'import statistics, sys
for line in sys.stdin:
    w = line.split()
    if len(w) > 3 and w[1] == "steps":
        ms = [float(x) for x in w[2].split(",")]
        print("  ", sys.argv[1], len(ms), "steps, median ms", statistics.median(ms), "loss", w[3][:12], flush=True)
    else:
        print(line.strip()[:150], flush=True)' "$p"
}

export -f tests peer
export J PY
step 15 machine bash -c 'nvidia-smi; nproc; free -g | head -2; echo "$CUDA_LIBRARY"; which compute-sanitizer ncu ptxas nvcc'
step 70 tests bash -c tests
./gpu.sh bench --list > "$OUT/workloads"
step 120 kit ./gpu.sh bench --plain --repeats 3 || exit
step 60 eager bash -c 'peer torch-cuda S1 P1 P2-16 K1 P2-64'
step 60 channels-last bash -c 'peer torch-cuda-last P1 P2-16 K1 P2-64'
step 45 kit-tf32 ./gpu.sh bench --tf32 --repeats 1
step 60 channels-last-tf32 bash -c 'peer torch-cuda-last-tf32 P1 P2-16 K1'
step 60 compiled bash -c 'peer torch-cuda-compiled S1 P1'
sanitize() {
    step 60 $1 bash -c "compute-sanitizer --tool $1 --error-exitcode 9 $J -Dconvlstm.cuda.checked=true \
        convlstm.build.RunTests convlstm.backend.cuda.CudaBackendTest convlstm.backend.cuda.WinogradTest | tail -n 4"
}
sanitize memcheck
step 150 compiled-P2 bash -c 'peer torch-cuda-compiled P2-16'
sanitize racecheck
sanitize synccheck
