package io.livepatch.charm.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelViewsTest {

    /** The bags of an interface in plain mode. */
    @Test
    void credentialsOfABagAreHidden() {
        assertThat(ModelViews.withoutSecrets(Map.of(
                        "postgresql",
                        Map.of(
                                "username", "relation-3",
                                "password", "s3cret",
                                "uris", "postgresql://relation-3:s3cret@127.0.10.2:5432/livepatch",
                                "endpoints", "127.0.10.2:5432"))))
                .isEqualTo(Map.of(
                        "postgresql",
                        Map.of(
                                "username", "relation-3",
                                "password", "<hidden>",
                                "uris", "postgresql://relation-3:<hidden>@127.0.10.2:5432/livepatch",
                                "endpoints", "127.0.10.2:5432")));
    }
}
