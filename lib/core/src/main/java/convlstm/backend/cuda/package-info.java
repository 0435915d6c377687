/**
 * The NVIDIA backend, with nothing but the driver: the only place that uses {@code java.lang.foreign}. {@code Driver}
 * calls the driver's C functions, {@code Device} is what the backend sees of a GPU, the kernels are in {@code
 * lib/core/src/main/cuda/kernels.cu}.
 */
@NullMarked
package convlstm.backend.cuda;

import org.jspecify.annotations.NullMarked;
