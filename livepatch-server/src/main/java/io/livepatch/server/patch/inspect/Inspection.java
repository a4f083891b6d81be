package io.livepatch.server.patch.inspect;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.livepatch.server.problem.ProblemException;
import io.livepatch.storage.PatchName;
import java.util.List;
import java.util.Optional;

/**
 * What was found in a patch.
 *
 * @param refusal why it is no patch at all; empty if it is one
 * @param unusual what makes it one that machines of its name probably cannot use
 */
public record Inspection(@JsonIgnore Optional<String> refusal, List<KernelModule> modules, List<String> unusual) {
    public Inspection {
        modules = List.copyOf(modules);
        unusual = List.copyOf(unusual);
    }

    static Inspection of(PatchName name, List<KernelModule> modules) {
        return modules.isEmpty()
                ? refused("the tar holds no kernel module, no file whose name ends in .ko")
                : new Inspection(Optional.empty(), modules, Expectation.of(name).differences(modules));
    }

    static Inspection refused(String why) {
        return new Inspection(Optional.of(why), List.of(), List.of(why));
    }

    /** Why it may not be added; empty if it may. What is merely unusual may be, if the operator says so. */
    public Optional<ProblemException> problem(PatchName name, boolean force) {
        if (refusal.isPresent()) {
            return Optional.of(new ProblemException.PatchRefused("'" + name + "' is no patch: " + refusal.get()
                    + "; expected a tar, compressed with bzip2, with one kernel module (.ko)"));
        }
        return unusual.isEmpty() || force
                ? Optional.empty()
                : Optional.of(
                        new ProblemException.PatchRefused("'" + name + "' is unusual: " + String.join("; ", unusual)
                                + ". If that is meant, add it with 'force=true' (livepatch-admin patch add --force)"));
    }
}
