/** Tests of the NVIDIA backend, most of them on a driver made for it that runs kernels on the CPU: {@code HostCuda}. */
@NullMarked
package convlstm.backend.cuda;

import org.jspecify.annotations.NullMarked;
