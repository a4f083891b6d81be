package io.livepatch.server.patch.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * What a kernel module says of itself.
 *
 * @param file its path in the archive
 * @param kernel the release that it is for as {@code uname -r} prints it, the first word of {@code vermagic}; empty if it does not say
 * @param vermagic the kernel and the options that it was built for
 * @param architecture in Debian's spelling, or the description of a machine that we have no name for
 * @param livepatch whether it says {@code livepatch=Y}
 * @param signed whether a signature is appended; whether that is a good one, only a kernel can tell
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record KernelModule(
        String file,
        Optional<String> kernel,
        Optional<String> vermagic,
        String architecture,
        boolean livepatch,
        boolean signed) {}
