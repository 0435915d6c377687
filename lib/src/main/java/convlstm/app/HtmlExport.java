package convlstm.app;

import java.nio.file.Path;

final class HtmlExport {
    static int write(Checkout kit, Jupyter jupyter) {
        return 0;
    }
}
