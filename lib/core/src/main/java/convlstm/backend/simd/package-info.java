/**
 * The fast CPU backend: the only place that uses {@code jdk.incubator.vector}. Every kernel here has a scalar twin in
 * {@code convlstm.backend.reference} that says what it computes; the comments here say how it gets fast.
 */
@NullMarked
package convlstm.backend.simd;

import org.jspecify.annotations.NullMarked;
