package io.livepatch.testing;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Runs a test class or method only on a machine that meets a requirement, and prints on standard error why a test is skipped. For
 * requirements that no script of this project can install, such as root.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Requires.Condition.class)
public @interface Requires {

    Class<? extends Requirement> value();

    /** A requirement of a machine; implementations have a constructor without parameters. */
    interface Requirement {

        /** A description of the missing requirement; empty if it is met. */
        Optional<String> missing() throws IOException, InterruptedException;
    }

    /** The tests run as root, for example to start a process as another user. */
    final class Root implements Requirement {
        @Override
        public Optional<String> missing() {
            String user = System.getProperty("user.name");
            return "root".equals(user) ? Optional.empty() : Optional.of("it needs root, and runs as '" + user + "'");
        }
    }

    /** A network namespace can be created in which the kernel migrates connections to another listener: root and Linux 5.14. */
    final class NetworkNamespace implements Requirement {
        @Override
        public Optional<String> missing() throws IOException, InterruptedException {
            String setUp = "ip link set lo up && echo 1 >/proc/sys/net/ipv4/tcp_migrate_req";
            Process process = new ProcessBuilder("unshare", "--net", "sh", "-c", setUp)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0
                    ? Optional.empty()
                    : Optional.of(
                            "it needs root, to make a network namespace, and Linux 5.14 or later: " + output.strip());
        }
    }

    /** Evaluates the annotation. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Optional<String> missing = AnnotationSupport.findAnnotation(context.getElement(), Requires.class)
                    .flatMap(Condition::missing);
            if (missing.isEmpty()) {
                return ConditionEvaluationResult.enabled("all requirements are met");
            }
            String test = context.getRequiredTestClass().getSimpleName()
                    + context.getTestMethod()
                            .map(method -> "." + method.getName())
                            .orElse("");
            System.err.printf("skipped %s: %s%n", test, missing.get());
            return ConditionEvaluationResult.disabled(missing.get());
        }

        private static Optional<String> missing(Requires annotation) {
            try {
                return ReflectionSupport.newInstance(annotation.value()).missing();
            } catch (IOException e) {
                return Optional.of(e.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Optional.of(e.toString());
            }
        }
    }
}
