package convlstm.notebook;

/** What text needs before it may stand in HTML, and what a page needs around its content. */
public final class Html {
    private Html() {}

    /** A whole page: a title as text, CSS and the body as they are, both ending with a line break. */
    public static String page(String title, String style, String body) {
        return """
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body>
                %s</body>
                </html>
                """.formatted(escape(title), style, body);
    }

    /** Text as it is written in HTML, in attributes too. */
    public static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
