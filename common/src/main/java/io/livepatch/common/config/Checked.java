package io.livepatch.common.config;

/** A section that checks its values against each other. The reader calls it when the section has been constructed. */
public interface Checked {
    /** Reports problems. Options whose values were refused have their defaults here, and notes about them are dropped. */
    void check(Notes notes);

    /** Collects problems of one section, by its keys, or by paths below it such as {@code options.idle} and {@code stages[0].rate}. */
    interface Notes {
        /**
         * Reports a wrong or missing value. Dropped if a problem with the same option is known.
         *
         * @param key of the section; empty for the section as a whole
         * @param what the problem, which completes "KEY …"
         * @param remedy how to correct it
         */
        void problem(String key, String what, String remedy);

        /** Reports a problem of another source, such as a file that an option names. */
        void problem(ConfigProblem problem);

        /**
         * Reports a missing value, with the remedy.
         *
         * @param why completes "is missing, …"
         */
        void missing(String key, String why);

        /** Reports a value that is valid but probably a mistake. */
        void warning(String key, String what);

        /** Whether the option or section has a value in the file or the environment. */
        boolean given(String key);

        /** Whether a problem with an option, or with one inside of it, is known; empty for the whole section. */
        boolean hasProblems(String key);
    }
}
