using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace CascadeLocal.Bench.Server;

/// <summary>
/// Managed bytes that a server allocates per output token while answers run, over HTTP. Answers of two lengths are asked for
/// in turns; the difference of what the server allocated for them, over the difference of their tokens, is what a token in
/// the middle of an answer costs: what a request costs once is in both.
/// </summary>
internal static class StreamingBytesCommand
{
    /// <summary>Long enough that what is hot has been compiled for the last time.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>Long enough for what a server does after an answer.</summary>
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(100);

    /// <summary>The command <c>streaming-bytes</c>.</summary>
    public static Command Create()
    {
        Command command = new("streaming-bytes", "Measure the bytes that a server allocates per output token, streamed over HTTP and not");
        Option<string?> model = new("--model")
        {
            Description = "A GGUF file to serve (default: the tier that ships)",
            HelpName = "file",
        };
        Option<string[]> members = new("--member")
        {
            Description = "Who answers; may be given several times (default: all that the server has)",
            HelpName = "name",
        };
        Option<int[]> requests = new("--requests")
        {
            Description = "Requests at a time; may be given several times (default: 1 and 8)",
            DefaultValueFactory = _ => [1, 8],
        };
        Option<int> shorter = new("--short") { Description = "Tokens of the shorter answers", DefaultValueFactory = _ => 200 };
        Option<int> longer = new("--long") { Description = "Tokens of the longer answers", DefaultValueFactory = _ => 900 };
        Option<int> rounds = new("--rounds") { Description = "Pairs of answers", DefaultValueFactory = _ => 9 };
        foreach (Option option in (Option[])[model, members, requests, shorter, longer, rounds])
            command.Options.Add(option);
        command.SetAction(async (result, cancellationToken) =>
        {
            string[] arguments = result.GetValue(model) is { } file ? ["--model", Path.GetFullPath(file), "--ctx", "1024"] : [];
            try
            {
                using StreamingBytes measurement = await StreamingBytes.StartAsync(arguments, cancellationToken);
                await measurement.RunAsync(
                    result.GetValue(members) ?? [],
                    result.GetValue(requests)!,
                    (result.GetValue(shorter), result.GetValue(longer)),
                    result.GetValue(rounds),
                    cancellationToken);
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

    private sealed class StreamingBytes(ProbeMemory memory, ServerProcess server, ChatClient client) : IDisposable
    {
        public static async Task<StreamingBytes> StartAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
        {
            string scratch = ProgramFolder.Scratch("streaming-bytes");
            string probe = Path.Combine(scratch, "probe");
            ProbeMemory memory = ProbeMemory.Create(probe, lines: 0);
            ServerProcess server = await ServerProcess.StartAsync(
                ProgramFolder.Cascade(), Path.Combine(scratch, "server.log"), probe, arguments, cancellationToken);
            return new StreamingBytes(memory, server, new ChatClient(server.Address));
        }

        public async Task RunAsync(
            string[] members, int[] requests, (int Short, int Long) tokens, int rounds, CancellationToken cancellationToken)
        {
            Console.WriteLine($"Answers of {tokens.Short} and {tokens.Long} tokens, {rounds} pairs; median (lowest to highest)");
            long idle = await AllocatedDuringAsync(() => Task.Delay(1000, cancellationToken), cancellationToken);
            Console.WriteLine($"idle: {idle} bytes/s, which are in what follows");
            foreach (string member in members.Length > 0 ? members : await client.MembersAsync(cancellationToken))
            {
                foreach (int count in requests)
                {
                    foreach (bool stream in (bool[])[true, false])
                        await RunAsync(member, count, stream, tokens, rounds, cancellationToken);
                }
            }
        }

        public void Dispose()
        {
            client.Dispose();
            server.Dispose();
            memory.Dispose();
        }

        private async Task RunAsync(
            string member, int requests, bool stream, (int Short, int Long) tokens, int rounds, CancellationToken cancellationToken)
        {
            long started = Stopwatch.GetTimestamp();
            do
                await AnswerAsync(tokens.Long);
            while (Stopwatch.GetElapsedTime(started) < WarmUp);
            List<double> perToken = [], perRequest = [];
            double events = 0;
            for (int round = 0; round < rounds; round++)
            {
                long few = await AllocatedDuringAsync(() => AnswerAsync(tokens.Short), cancellationToken);
                long many = await AllocatedDuringAsync(async () => events += await AnswerAsync(tokens.Long), cancellationToken);
                double bytes = (double)(many - few) / (requests * (tokens.Long - tokens.Short));
                perToken.Add(bytes);
                perRequest.Add(few / (double)requests - bytes * tokens.Short);
            }

            string eventsPerToken = stream ? $", {events / rounds / requests / tokens.Long:0.00} events/token" : "";
            Console.WriteLine(
                $"{member}, {requests} {(stream ? "streamed" : "whole   ")}: {Summary(perToken)} bytes/token, {Summary(perRequest)} bytes/request beside{eventsPerToken}");

            // All side by side, to their end; gives how many events they came in.
            async Task<int> AnswerAsync(int length)
            {
                ChatAnswer[] answers = await Task.WhenAll(
                    Enumerable.Range(0, requests).Select(_ => client.AskAsync(Body(member, stream, length), cancellationToken)));
                return answers.All(answer => answer.Tokens == length)
                    ? answers.Sum(answer => answer.Events)
                    : throw new ServerFailedException($"an answer has not the {length} tokens that were asked for");
            }
        }

        private async Task<long> AllocatedDuringAsync(Func<Task> work, CancellationToken cancellationToken)
        {
            long before = await memory.AskAllocatedBytesAsync(cancellationToken);
            await work();
            await Task.Delay(After, cancellationToken);
            return await memory.AskAllocatedBytesAsync(cancellationToken) - before;
        }

        private static JsonObject Body(string member, bool stream, int tokens)
        {
            JsonObject body = new()
            {
                ["model"] = member,
                ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Say something long." }),
                ["max_tokens"] = tokens,
                ["ignore_eos"] = true,
                ["temperature"] = 0,
                ["stream"] = stream,
            };
            if (stream)
                body["stream_options"] = new JsonObject { ["include_usage"] = true };
            return body;
        }

        private static string Summary(List<double> values)
        {
            values.Sort();
            return $"{values[values.Count / 2]:0} ({values[0]:0} to {values[^1]:0})";
        }
    }
}
