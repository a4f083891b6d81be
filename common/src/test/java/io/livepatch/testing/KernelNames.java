package io.livepatch.testing;

import java.util.List;
import java.util.stream.Stream;

/** Real and hostile kernel names, for the tests of all modules. */
public final class KernelNames {
    /** As the server and its clients define it. */
    private static final int MAX_LENGTH = 100;

    /** Kernels that can have patches. */
    public static final List<String> OF_DISTRIBUTIONS = List.of(
            // Ubuntu: as in /proc/version_signature, with the upload; HWE, clouds, OEM, real time, Pro's FIPS
            "5.15.0-107.117-generic",
            "5.4.0-52.37~20.04-generic",
            "5.4.0-150.167~18.04.1-generic",
            "6.8.0-45.45~22.04.1-lowlatency-64k",
            "5.15.0-1066.72-aws",
            "5.4.0-1109.118+fips1-aws-fips",
            "6.5.0-1027.28-oem",
            "5.15.0-1071.79-realtime",
            "4.15.0-213.224-generic",
            // Ubuntu: as uname -r prints it, and mainline builds
            "5.15.0-107-generic",
            "6.9.3-060903-generic",
            "6.10.0-061000rc7-generic",
            // Debian, with backports, clouds, real time
            "6.1.0-18-cloud-amd64",
            "6.1.0-0.deb11.21-amd64",
            "6.12.57+deb13-amd64",
            "6.12.9+bpo-cloud-arm64",
            "5.10.0-28-rt-amd64",
            "6.11-amd64",
            // Red Hat and those built from it, Fedora, Oracle, Amazon
            "5.14.0-427.13.1.el9_4.x86_64",
            "3.10.0-1160.119.1.el7.x86_64",
            "6.8.9-300.fc40.x86_64",
            "6.9.0-0.rc1.20240327git4076fa161217.18.fc41.x86_64",
            "5.15.0-205.149.5.1.el9uek.x86_64",
            "6.1.84-99.169.amzn2023.x86_64",
            "4.14.343-260.564.amzn2.aarch64",
            // SUSE, Arch, Alpine, Gentoo, NixOS, Proxmox, Azure Linux, Flatcar, Raspberry Pi, Android, WSL
            "5.14.21-150500.55.7-default",
            "6.9.1-arch1-1",
            "6.9.1-zen1-1-zen",
            "6.6.32-0-lts",
            "6.6.30-gentoo-dist",
            "6.6.32",
            "6.8.4-2-pve",
            "5.15.153.1-2.cm2",
            "6.1.90-flatcar",
            "6.6.31+rpt-rpi-v8",
            "5.15.41-android13-8-00205-gf1bf82c3dacd-ab9847872",
            "5.15.153.1-microsoft-standard-WSL2",
            // Own builds
            "6.10.0-rc1+",
            "6.9.0-dirty",
            "6.9.0-rc7-00012-g5eb4573ea63d",
            "7.0",
            "A".repeat(MAX_LENGTH));

    /** Kernels that cannot have patches; a server must accept them all the same. */
    public static final List<String> WITHOUT_PATCHES = List.of(
            "6.9.0 custom",
            "#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)",
            "6.9.0-höhe",
            "6.9.0-内核",
            "6.9.0'; drop table machines; --",
            "6.9.0%2e%2e",
            "6.9.0\\..\\x",
            "6.9.0?a=b&c=d#e",
            "6.9.0\"quoted\"",
            "${jndi:x}",
            "..",
            "-",
            "6:9@host=1,2");

    /** Invalid names. */
    public static final List<String> REFUSED = List.of(
            "",
            "../etc",
            "6.9/0",
            "6.9.0\n",
            "6.9.0\0",
            "\t",
            "6.9.0\u001b[31m",
            "6.9.0\u007f",
            "6.9.0\u0085",
            "6.9.0\u202egeneric",
            "6.9.0\u2028",
            "6.9.0\ud800",
            "a".repeat(MAX_LENGTH + 1));

    private KernelNames() {}

    /** All valid names. */
    public static Stream<String> accepted() {
        return Stream.concat(OF_DISTRIBUTIONS.stream(), WITHOUT_PATCHES.stream());
    }
}
