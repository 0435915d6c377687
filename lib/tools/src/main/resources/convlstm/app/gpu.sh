#!/bin/sh
# Tests and times the kit's CUDA backend on this machine. It needs NVIDIA's driver; neither Java nor Maven nor a network.
#
#   ./gpu.sh test            the contract, Keras' golden values, determinism, 1,000 steps without a leak
#   ./gpu.sh sanitize        the contract again under NVIDIA's compute-sanitizer, where the CUDA toolkit is; slow
#   ./gpu.sh bench [OPTION]  training steps; PYTHON_ENV=FOLDER adds its PyTorch; --tf32, --plain, --repeats N
#   ./gpu.sh flagship --mnist FOLDER [OPTION]   the forecast at the paper's size; --help for more
#
# CUDA_LIBRARY=FILE takes another driver library than the system's.
cd "$(dirname "$0")" || exit 1
task=$1
[ $# -gt 0 ] && shift
export PATH="$PATH:/usr/local/cuda/bin"
export CUDA_CACHE_PATH="${CUDA_CACHE_PATH:-$PWD/translated}" CUDA_CACHE_MAXSIZE=1073741824 # one translation for all

run() {
    "$@" runtime/bin/java @flags@ -Xmx4g -Djava.awt.headless=true -Dconvlstm.gpu=required \
        ${CUDA_LIBRARY:+-Dconvlstm.cuda.library="$CUDA_LIBRARY"} $JAVA_FLAGS -cp "tests:jars/*" $program
}

case $task in
test)
    # A process for each class: after an illegal address a GPU refuses all that its process asks for.
    for class in @tests@; do
        program="convlstm.build.RunTests convlstm.$class"
        run env || failed=1
    done
    exit ${failed:-0}
    ;;
sanitize)
    program="convlstm.build.RunTests convlstm.backend.cuda.CudaBackendTest convlstm.backend.cuda.WinogradTest \
        convlstm.backend.EquationsTest"
    JAVA_FLAGS="$JAVA_FLAGS -Dconvlstm.cuda.checked=true"
    for tool in memcheck racecheck synccheck; do
        run compute-sanitizer --tool $tool --target-processes all --error-exitcode 1 || failed=1
    done
    exit ${failed:-0}
    ;;
bench)
    program="convlstm.app.Bench --gpu $*"
    JAVA_FLAGS="$JAVA_FLAGS ${PYTHON_ENV:+-Dbench.venv=$PYTHON_ENV}"
    run env
    ;;
flagship)
    program="convlstm.app.Flagship --no-films $*"
    run env
    ;;
*)
    sed -n '2,/^cd/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
