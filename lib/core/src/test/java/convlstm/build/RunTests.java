package convlstm.build;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs the test classes that it is given and prints each test as it ends, where there is no Maven: on a GPU machine, from the bundle. */
public final class RunTests {
    private RunTests() {}

    public static void main(String[] classes) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(classes).map(name -> selectClass(name)).toList())
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        TestExecutionListener asTheyEnd = new TestExecutionListener() { // what is cut off has said something
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    System.out.println(result.getStatus() + "  " + test.getLegacyReportingName()
                            + result.getThrowable().map(e -> ": " + e).orElse(""));
                }
            }
        };
        LauncherFactory.create().execute(request, listener, asTheyEnd);
        TestExecutionSummary summary = listener.getSummary();
        PrintWriter out = new PrintWriter(System.out, true);
        summary.printFailuresTo(out, 3);
        out.printf("%d passed, %d failed, %d skipped%n", summary.getTestsSucceededCount(),
                summary.getTotalFailureCount(), summary.getTestsAbortedCount() + summary.getTestsSkippedCount());
        System.exit(summary.getTotalFailureCount() > 0 || summary.getTestsSucceededCount() == 0 ? 1 : 0);
    }
}
