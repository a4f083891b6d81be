package io.livepatch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.livepatch.storage.Modules;
import io.livepatch.storage.PatchFiles;
import io.livepatch.storage.PatchName;
import io.livepatch.storage.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uploads to a unit with the memory that it has by default: as many at once as its memory can inspect, the others wait or come again. */
final class UploadMemoryIT {
    private static final PatchName NAME = PatchName.parse("livepatch-5.15.0-107.117-generic-107.1-amd64.tar.bz2");
    private static final int UPLOADS = 32;
    /** The number of inspections of 10 MiB in a quarter of 256 MiB. */
    private static final int AT_ONCE = 6;

    private static final int WAITING = 16;
    /** The unit looks up only a few sessions at once. */
    private static final int AGAIN = 0;

    /** One block of bzip2 at its largest. */
    private static final int BLOCK = 899_000;

    @TempDir
    Path work;

    private final byte[] tar = tar();
    private final byte[] first = PatchFiles.bzip2(Arrays.copyOf(tar, tar.length - BLOCK));
    /** Up to shortly before the end of a block: the inspection holds most there. */
    private final byte[] before = Arrays.copyOf(first, first.length - 100);

    private final byte[] bytes = bytes();
    private final AtomicInteger half = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final CountDownLatch proceed = new CountDownLatch(1);
    private TestDatabase database;
    private ServerProcess unit;
    private String session;

    @BeforeEach
    void start() {
        database = TestDatabase.fresh();
        Map<String, String> environment = ServerProcess.environment(database.dsn(), work.resolve("patches"));
        environment.put("LP_SERVER_UPLOAD_LIMIT", String.valueOf(UPLOADS));
        environment.put("LP_SERVER_MIN_DATA_RATE", "0");
        unit = ServerProcess.ready(environment);
        session = unit.api().logIn();
    }

    @AfterEach
    void stop() {
        unit.close();
        database.close();
    }

    private static byte[] tar() {
        byte[] noise = new byte[3 * BLOCK];
        new SplittableRandom(1).nextBytes(noise);
        // So many headers that they need much memory, too.
        Modules module = Modules.of(NAME).headers(20_000).headersFirst().payload(noise);
        return new PatchFiles().with("livepatch.ko", module.bytes()).tar();
    }

    private byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        all.writeBytes(PatchFiles.bzip2(Arrays.copyOfRange(tar, tar.length - BLOCK, tar.length)));
        return all.toByteArray();
    }

    private int upload(int number) throws Exception {
        int status = attempt(number);
        while (status == AGAIN) {
            status = attempt(number);
        }
        return status;
    }

    /** Sends the first part after 100 Continue, and the rest when all others have sent theirs. */
    private int attempt(int number) throws Exception {
        try (RawClient client = new RawClient(unit.port())) {
            client.send("PUT /v1/admin/patches/" + NAME.fileName().replace("-107.1-", "-107." + number + "-")
                    + " HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nAuthorization: Bearer " + session
                    + "\r\nRepr-Digest: sha-256=:"
                    + Base64.getEncoder().encodeToString(Sha256.of(bytes).bytes()) + ":\r\nContent-Length: "
                    + bytes.length + "\r\n\r\n");
            RawClient.Answer interim = client.answer();
            if (interim.status() != 100) {
                if (interim.body().contains("tokens unknown")) {
                    return AGAIN;
                }
                assertThat(interim.body()).contains("server.upload-limit");
                refused.incrementAndGet();
                return interim.status();
            }
            client.send(before);
            half.incrementAndGet();
            proceed.await();
            client.send(Arrays.copyOfRange(bytes, before.length, bytes.length));
            return client.answer().status();
        } catch (IOException e) {
            failed.incrementAndGet();
            throw e;
        }
    }

    private void awaitSlotsTaken() {
        await("all uploads at work, waiting or refused")
                .atMost(Duration.ofMinutes(2))
                .until(() -> refused.get() == UPLOADS - WAITING - AT_ONCE
                        || half.get() + refused.get() + failed.get() == UPLOADS);
        assertThat(half).hasValueLessThanOrEqualTo(AT_ONCE);
    }

    @Test
    void uploadsBeyondTheMemoryForInspectionsWaitOrAreRefused() throws Exception {
        List<Future<Integer>> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int number = 1; number <= UPLOADS; number++) {
                int of = number;
                answers.add(clients.submit((Callable<Integer>) () -> upload(of)));
            }
            try {
                awaitSlotsTaken();
            } finally {
                proceed.countDown();
            }
        }

        List<Integer> statuses = new ArrayList<>();
        for (Future<Integer> answer : answers) {
            statuses.add(answer.get());
        }
        assertThat(statuses).filteredOn(status -> status == 201).hasSize(AT_ONCE + WAITING);
        assertThat(statuses).filteredOn(status -> status == 503).hasSize(UPLOADS - AT_ONCE - WAITING);
        assertThat(unit.output()).contains("server.upload-limit is 32").doesNotContain("OutOfMemoryError");
    }
}
