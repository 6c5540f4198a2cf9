"""The command line of Stratum PSA: a module or package for each verb, and rooms for what verbs share."""
