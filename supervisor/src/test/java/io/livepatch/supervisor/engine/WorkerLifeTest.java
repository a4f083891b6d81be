package io.livepatch.supervisor.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The corners of a worker's life that a simulation meets too seldom to be read there. */
class WorkerLifeTest {

    private static final Instant T0 = Instant.EPOCH;
    private static final RestartPolicy STRICT =
            new RestartPolicy(Duration.ofSeconds(1), Duration.ofSeconds(60), 0, Duration.ofSeconds(30));
    private static final ReadyCheck CHECK =
            new ReadyCheck.Http(URI.create("http://127.0.0.1:1/"), Duration.ofSeconds(2), Duration.ofSeconds(1));

    private Instant now = T0;
    private Worker worker = Worker.stopped(T0);
    private WorkerLife life = new WorkerLife(StopPolicy.DEFAULT, STRICT, Optional.empty(), new SplittableRandom(1));

    private List<WorkerAction> on(WorkerEvent event) {
        WorkerLife.Step step = life.step(worker, event, now);
        worker = step.worker();
        return step.actions();
    }

    private void launched() {
        on(new WorkerEvent.Start());
        on(new WorkerEvent.Launched(worker.run(), 42));
    }

    private Duration pauseAfterCrash() {
        List<WorkerAction> actions = on(new WorkerEvent.Exited(worker.run(), new ExitStatus(1)));
        Duration pause = ((WorkerAction.Wake) actions.getFirst()).in();
        now = now.plus(pause);
        on(new WorkerEvent.TimeUp(worker.run(), WorkerTimer.RETRY));
        on(new WorkerEvent.Launched(worker.run(), 42));
        return pause;
    }

    @Test
    void pausesDoubleUntilAStableTimeForgives() {
        launched();
        assertThat(List.of(pauseAfterCrash(), pauseAfterCrash(), pauseAfterCrash()))
                .containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8));
        now = now.plusSeconds(30);
        assertThat(pauseAfterCrash()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void nothingCountsBeforeTheFirstSuccessAndALaterFailureOnlyShows() {
        life = new WorkerLife(StopPolicy.DEFAULT, STRICT, Optional.of(CHECK), new SplittableRandom(1));
        launched();
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        on(new WorkerEvent.Checked(1, Optional.of("refused")));
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        on(new WorkerEvent.Checked(1, Optional.empty()));
        assertThat(worker.state()).isEqualTo(WorkerState.READY);
        List<WorkerAction> actions = on(new WorkerEvent.Checked(1, Optional.of("refused")));
        assertThat(worker.state()).isEqualTo(WorkerState.RUNNING);
        assertThat(worker.problem()).contains("not ready: refused");
        assertThat(actions).containsExactly(new WorkerAction.Wake(1, WorkerTimer.CHECK, Duration.ofSeconds(2)));
    }

    @Test
    void aProcessThatNotEvenKillEndsIsGivenUpAndNamed() {
        launched();
        on(new WorkerEvent.Stop());
        assertThat(on(new WorkerEvent.TimeUp(1, WorkerTimer.KILL))).contains(new WorkerAction.Kill());
        on(new WorkerEvent.TimeUp(1, WorkerTimer.GIVE_UP));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPED);
        assertThat(worker.problem().orElseThrow()).startsWith("process 42 did not end within 10.0 s of being killed");
        assertThat(on(new WorkerEvent.Start())).as("a second process beside it").isEmpty();
    }

    @Test
    void aRestartNeverStartsASecondProcessBesideOneThatCannotBeKilled() {
        launched();
        on(new WorkerEvent.Restart());
        on(new WorkerEvent.TimeUp(1, WorkerTimer.KILL));
        on(new WorkerEvent.TimeUp(1, WorkerTimer.GIVE_UP));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPING);
        assertThat(on(new WorkerEvent.Exited(1, new ExitStatus(137)))).containsExactly(new WorkerAction.Launch(2));
    }

    @Test
    void aStartThatReturnsAfterEverybodyGaveUpIsKilled() {
        on(new WorkerEvent.Start());
        on(new WorkerEvent.Stop());
        on(new WorkerEvent.TimeUp(1, WorkerTimer.GIVE_UP));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPED);
        assertThat(on(new WorkerEvent.Launched(1, 42))).containsExactly(new WorkerAction.Kill());
    }

    @Test
    void aStopDuringTheStartIsDeliveredWhenThereIsAProcess() {
        on(new WorkerEvent.Start());
        on(new WorkerEvent.Stop());
        assertThat(on(new WorkerEvent.Launched(1, 42))).contains(new WorkerAction.Terminate());
        on(new WorkerEvent.Exited(1, new ExitStatus(143)));
        assertThat(worker.state()).isEqualTo(WorkerState.STOPPED);
    }

    @Test
    void newsOfAnEarlierRunMeansNothing() {
        launched();
        pauseAfterCrash();
        Worker before = worker;
        assertThat(on(new WorkerEvent.Exited(1, new ExitStatus(1)))).isEmpty();
        assertThat(on(new WorkerEvent.TimeUp(1, WorkerTimer.RETRY))).isEmpty();
        assertThat(worker).isEqualTo(before);
    }

    @Test
    void aMoveOutsideTheTableIsADefect() {
        assertThatThrownBy(() -> worker.to(WorkerState.READY, now))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a worker cannot go from STOPPED to READY");
    }
}
