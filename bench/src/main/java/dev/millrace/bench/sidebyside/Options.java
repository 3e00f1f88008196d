package dev.millrace.bench.sidebyside;

/**
 * How much load.
 *
 * @param connections clients at once
 * @param requests requests per run at pipeline 1; up to eight times as many with deeper ones
 * @param keys different keys, drawn at random
 * @param valueBytes length of each value
 * @param zipf some keys much more often than others, instead of all alike
 */
record Options(int connections, long requests, long keys, int valueBytes, boolean zipf) {}
