package io.livepatch.common.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.livepatch.common.cli.DeletionPrompt.Answer;
import io.livepatch.common.cli.DeletionPrompt.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class DeletionPromptTest {
    private final List<String> questions = new ArrayList<>();

    @Command
    private static final class Deletion {
        @Mixin
        private DeletionPrompt prompt = new DeletionPrompt();
    }

    private static DeletionPrompt prompt(String... arguments) {
        Deletion deletion = new Deletion();
        new CommandLine(deletion).parseArgs(arguments);
        return deletion.prompt;
    }

    private static String neverAsked() {
        throw new AssertionError("the question was asked");
    }

    private Optional<Terminal> terminal(@Nullable String line) {
        return Optional.of(question -> {
            questions.add(question);
            return line;
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"y", "Y", "yes", " Yes "})
    void yesConfirms(String line) {
        assertThat(prompt().ask(terminal(line), () -> "this deletes a patch")).isEqualTo(Answer.CONFIRMED);
        assertThat(questions).containsExactly("this deletes a patch\nContinue [y/N]? ");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "n", "yeah", "y y", "patch"})
    void anyOtherAnswerAndTheEndOfTheInputDecline(@Nullable String line) {
        assertThat(prompt().ask(terminal(line), () -> "this deletes a patch")).isEqualTo(Answer.DECLINED);
        assertThat(questions).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--no-prompt", "-y"})
    void optionConfirmsWithoutAQuestion(String option) {
        assertThat(prompt(option).skipped()).isTrue();
        assertThat(prompt(option).ask(terminal("n"), DeletionPromptTest::neverAsked))
                .isEqualTo(Answer.CONFIRMED);
        assertThat(prompt(option).ask(Optional.empty(), DeletionPromptTest::neverAsked))
                .isEqualTo(Answer.CONFIRMED);
    }

    @Test
    void withoutATerminalNothingIsAsked() {
        assertThat(prompt().skipped()).isFalse();
        assertThat(prompt().ask(Optional.empty(), DeletionPromptTest::neverAsked))
                .isEqualTo(Answer.NO_TERMINAL);
    }
}
