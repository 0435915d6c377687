package convlstm.keras;

import static java.util.Map.entry;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the bridge makes of each field of a Keras layer's configuration. A field is <em>used</em>, or it is neutral: at
 * every value, or at one value only. Every other field, and every other value, is refused by name: a field that Keras adds
 * tomorrow may change what the layer computes.
 *
 * @param used the fields that {@link KerasLayers} reads
 * @param neutral the fields that change no output of a loaded model: how weights start, and how fast Keras computes
 * @param only the fields that must have one value, in JSON; null and absent count as that value
 */
record KerasFields(Set<String> used, Set<String> neutral, Map<String, String> only) {
    /** Of every layer. {@code batch_input_shape} is Keras 2's input layer inside the first layer. */
    private static final String EVERY = "trainable dtype batch_input_shape | name |";

    private static final String KERNEL = " use_bias kernel_regularizer bias_regularizer activation"
            + " | kernel_initializer bias_initializer"
            + " | activity_regularizer=null kernel_constraint=null bias_constraint=null";
    private static final String RECURRENT = " recurrent_activation unit_forget_bias recurrent_regularizer dropout"
            + " recurrent_dropout return_sequences go_backwards stateful zero_output_for_mask"
            + " | recurrent_initializer implementation unroll seed use_cudnn"
            + " | recurrent_constraint=null return_state=false time_major=false";
    private static final String POOL = "pool_size strides padding | | data_format=\"channels_last\"";
    private static final String CONV = "filters kernel_size strides dilation_rate padding | |"
            + " data_format=\"channels_last\" ";

    /** The table: used, neutral, neutral at one value. */
    static final Map<String, KerasFields> OF = Map.ofEntries(
            entry("LSTM", row("units", RECURRENT, KERNEL)),
            entry("CuDNNLSTM", row(
                    "units return_sequences go_backwards stateful kernel_regularizer recurrent_regularizer"
                            + " bias_regularizer unit_forget_bias"
                            + " | kernel_initializer recurrent_initializer bias_initializer"
                            + " | return_state=false time_major=false activity_regularizer=null"
                            + " kernel_constraint=null recurrent_constraint=null bias_constraint=null")),
            entry("ConvLSTM2D", row(CONV, RECURRENT, KERNEL)),
            entry("Conv2D", row(CONV + "groups=1", KERNEL)),
            entry("Conv3D", row(CONV + "groups=1", KERNEL)),
            entry("Dense", row("units | | quantization_config=null", KERNEL)),
            entry("MaxPooling2D", row(POOL)),
            entry("MaxPooling3D", row(POOL)),
            entry("GlobalAveragePooling2D", row("keepdims | | data_format=\"channels_last\"")),
            entry("BatchNormalization", row("axis momentum epsilon center scale"
                    + " | beta_initializer gamma_initializer moving_mean_initializer moving_variance_initializer fused renorm_clipping"
                    + " renorm_momentum"
                    + " | beta_regularizer=null gamma_regularizer=null beta_constraint=null gamma_constraint=null"
                    + " synchronized=false renorm=false virtual_batch_size=null adjustment=null")),
            entry("TimeDistributed", row("layer")),
            entry("Activation", row("activation")),
            entry("ReLU", row("| | max_value=null negative_slope=0 threshold=0")),
            entry("Dropout", row("rate | seed | noise_shape=null")),
            entry("Flatten", row("| | data_format=\"channels_last\"")),
            entry("Reshape", row("target_shape")),
            entry("RepeatVector", row("n")),
            entry("Masking", row("mask_value")),
            entry("Rescaling", row("scale offset")),
            entry("InputLayer",
                    row("batch_shape | | sparse=false ragged=false optional=false input_tensor=null")));

    private static KerasFields row(String... parts) {
        Set<String> used = new HashSet<>();
        Set<String> neutral = new HashSet<>();
        Map<String, String> only = new HashMap<>();
        for (String part : (EVERY + "\n" + String.join("\n", parts)).split("\n")) {
            String[] column = part.split("\\|", -1);
            used.addAll(words(column[0]));
            neutral.addAll(column.length > 1 ? words(column[1]) : Set.of());
            for (String field : column.length > 2 ? words(column[2]) : Set.<String>of()) {
                only.put(field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
            }
        }
        return new KerasFields(Set.copyOf(used), Set.copyOf(neutral), Map.copyOf(only));
    }

    private static Set<String> words(String text) {
        return text.isBlank() ? Set.of() : Set.of(text.strip().split(" +"));
    }
}
