using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

using CascadeLocal.Bench.Measuring;

namespace CascadeLocal.Bench.Server;

/// <summary>
/// From the moment that a token is sampled to the moment that a client has read its bytes from the socket. The server's own code notes the first
/// (<see cref="Instrumentation.CopyTimingTokens"/>), a thread for each stream the second; one clock serves both.
/// </summary>
internal static class SocketDelayCommand
{
    /// <summary>The command <c>socket-delay</c>.</summary>
    public static Command Create()
    {
        Command command = new("socket-delay", "Measure the time from a sampled token to its bytes at the client, of many streams side by side");
        Option<string?> model = new("--model") { Description = "A GGUF file to serve (default: base of the tier that ships)", HelpName = "file" };
        Option<int> streams = new("--streams") { Description = "Answers side by side", DefaultValueFactory = _ => 16 };
        Option<int> tokens = new("--tokens") { Description = "Tokens of each answer", DefaultValueFactory = _ => 200 };
        Option<int> rounds = new("--rounds") { Description = "Rounds, after one that warms up", DefaultValueFactory = _ => 5 };
        foreach (Option option in (Option[])[model, streams, tokens, rounds])
            command.Options.Add(option);
        command.SetAction(async (result, cancellationToken) =>
        {
            try
            {
                string file = Path.GetFullPath(result.GetValue(model) ?? Path.Combine(ProgramFolder.Repository(), "models", "default", "base.gguf"));
                await RunAsync(file, result.GetValue(streams), result.GetValue(tokens), result.GetValue(rounds), cancellationToken);
                return 0;
            }
            catch (ServerFailedException error)
            {
                await Console.Error.WriteLineAsync(error.Message);
                return 1;
            }
        });
        return command;
    }

    private static async Task RunAsync(string model, int streams, int tokens, int rounds, CancellationToken cancellationToken)
    {
        string scratch = ProgramFolder.Scratch("socket-delay");
        string program = Path.Combine(scratch, "program");
        Instrumentation.CopyTimingTokens(ProgramFolder.Cascade(), program);
        using SampleLog samples = SampleLog.Create(Path.Combine(scratch, "samples"), capacity: 2 * streams * tokens);
        using ProbeMemory memory = ProbeMemory.Create(Path.Combine(scratch, "probe"), lines: 0);
        // One core is left to whoever reads.
        using ServerProcess server = await ServerProcess.StartAsync(
            program, Path.Combine(scratch, "server.log"), Path.Combine(scratch, "probe"),
            ["--model", model, "--parallel", $"{streams}", "--ctx", "1024", "--threads", "1"], cancellationToken,
            (SampleLog.PathVariable, Path.Combine(scratch, "samples")));
        using ChatClient client = new(server.Address);
        string member = (await client.MembersAsync(cancellationToken))[0];
        Console.WriteLine($"{streams} streams of {tokens} tokens; ms from sampled to read, of all tokens behind each stream's first event");
        for (int round = 0; round <= rounds; round++)
        {
            samples.Clear();
            long stolen = StolenMilliseconds();
            double[] delays = Delays(Ask(server.Address, member, streams, tokens), samples.Read());
            if (round > 0)
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"round {round}: p50 {Percentile.Of(delays, 0.5):0.00}, p90 {Percentile.Of(delays, 0.9):0.00}, p99 {Percentile.Of(delays, 0.99):0.00}, at most {delays.Max():0.00}; {delays.Length} tokens with text; the host took {StolenMilliseconds() - stolen} ms"));
        }
    }

    // What other machines of the same host had of this one's processors since the start: no program here can do anything about it.
    private static long StolenMilliseconds()
    {
        string[] ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return 10 * long.Parse(ticks[8], CultureInfo.InvariantCulture);
    }

    private static IReadOnlyList<Arrival>[] Ask(Uri address, string member, int streams, int tokens)
    {
        TimedStream[] answers = [.. Enumerable.Range(0, streams).Select(_ => new TimedStream())];
        Thread[] threads = [.. answers.Select((answer, i) => new Thread(() => answer.Ask(address, Body(member, i, tokens))))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return [.. answers.Select(answer => answer.Arrivals())];
    }

    // Milliseconds. An answer is known again by its text: the lengths at which its events end are among those at which its tokens do. Where several
    // have the same lengths, it is the one whose last token was sampled last before the last event came.
    private static double[] Delays(IReadOnlyList<Arrival>[] answers, Sample[] samples)
    {
        List<Sample[]> sequences = [.. samples.GroupBy(sample => sample.Sequence).Select(group => group.ToArray())];
        List<double> delays = [];
        foreach (IReadOnlyList<Arrival> arrivals in answers.OrderBy(answer => answer[^1].At))
        {
            Sample[] sequence = sequences.Where(candidate => IsOf(candidate, arrivals)).MaxBy(candidate => candidate[^1].At)
                ?? throw new ServerFailedException("an answer's events are not those of any sequence");
            sequences.Remove(sequence);
            int next = 0;
            long released = arrivals[0].Length;
            foreach (Sample sample in sequence)
            {
                // A token that releases nothing is not seen, and the first event waits for the answer's head.
                if (sample.Length <= released)
                    continue;
                released = sample.Length;
                while (next < arrivals.Count && arrivals[next].Length < sample.Length)
                    next++;
                if (next < arrivals.Count)
                    delays.Add(Stopwatch.GetElapsedTime(sample.At, arrivals[next].At).TotalMilliseconds);
            }
        }

        return [.. delays];
    }

    private static bool IsOf(Sample[] sequence, IReadOnlyList<Arrival> arrivals)
    {
        HashSet<long> lengths = [.. sequence.Select(sample => sample.Length)];
        return sequence[^1].Length == arrivals[^1].Length && sequence[^1].At <= arrivals[^1].At && arrivals.All(arrival => lengths.Contains(arrival.Length));
    }

    private static JsonObject Body(string member, int number, int tokens) => new()
    {
        ["model"] = member,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"Count from {number + 1} to {number + 200}." }),
        ["max_tokens"] = tokens,
        ["ignore_eos"] = true,
        ["temperature"] = 0,
        ["stream"] = true,
    };
}
