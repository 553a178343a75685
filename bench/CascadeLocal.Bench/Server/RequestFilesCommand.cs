using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CascadeLocal.Bench.Server;

/// <summary>
/// How many files of <c>src</c> one warm streamed <c>cascade</c> request passes: those with a line that is executed between
/// two looks at a running server, one before the request and one when nothing follows any more. Loops in the background run
/// meanwhile; so the same request is looked at several times, and only what is executed every time counts.
/// </summary>
internal static class RequestFilesCommand
{
    private const int WarmUps = 10;
    private const int Repeats = 5;

    /// <summary>Long enough for what is recorded after an answer.</summary>
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(500);

    /// <summary>Long enough for every loop that runs in the background.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(12);

    /// <summary>The command <c>request-files</c>.</summary>
    public static Command Create()
    {
        Command command = new("request-files", "Count the source files that one warm streamed request passes, by coverage");
        Option<string[]> exclude = new("--exclude")
        {
            Description = "Files left out: a regular expression on the path in the repository; may be given several times",
        };
        Option<string> escalated = new("--escalated")
        {
            Description = "A question that the default tier escalates",
            DefaultValueFactory = _ => "Today is Monday. What day is it in 30 days?",
        };
        Option<string> accepted = new("--accepted")
        {
            Description = "A question whose first answer it delivers",
            DefaultValueFactory = _ => "What is 7 + 5?",
        };
        foreach (Option option in (Option[])[exclude, escalated, accepted])
            command.Options.Add(option);
        command.SetAction(async (result, cancellationToken) =>
        {
            Regex[] excluded = [.. (result.GetValue(exclude) ?? []).Select(pattern => new Regex(pattern))];
            try
            {
                await RunAsync(excluded, result.GetValue(escalated)!, result.GetValue(accepted)!, cancellationToken);
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

    private static async Task RunAsync(Regex[] excluded, string escalated, string accepted, CancellationToken cancellationToken)
    {
        string scratch = ProgramFolder.Scratch("request-files");
        string program = Path.Combine(scratch, "program");
        Instrumentation code = Instrumentation.Copy(ProgramFolder.Cascade(), program, ProgramFolder.Repository());
        string probe = Path.Combine(scratch, "probe");
        using ProbeMemory memory = ProbeMemory.Create(probe, code.Lines.Count);
        using ServerProcess server = await ServerProcess.StartAsync(
            program, Path.Combine(scratch, "server.log"), probe, [], cancellationToken);
        using ChatClient client = new(server.Address);
        for (int warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            foreach (string question in (string[])[escalated, accepted])
                await AskAsync(client, question, cancellationToken);
        }

        await Task.Delay(After, cancellationToken);
        HashSet<string> idle = await FilesDuringAsync(() => Task.Delay(Idle, cancellationToken));
        foreach ((string question, bool escalates) in ((string, bool)[])[(escalated, true), (accepted, false)])
        {
            string path = "";
            HashSet<string>[] times = new HashSet<string>[Repeats];
            for (int time = 0; time < Repeats; time++)
            {
                times[time] = await FilesDuringAsync(async () =>
                {
                    ChatAnswer answer = await AskAsync(client, question, cancellationToken);
                    path = string.Join(", ", answer.Path);
                    if (answer.Path.Count > 1 != escalates)
                        throw new ServerFailedException($"'{question}' went through {path}: name another");
                });
            }

            string[] always = [.. times.Aggregate<IEnumerable<string>>(Enumerable.Intersect)];
            string[] counted = [.. always.Where(file => !IsExcluded(file))];
            Print($"files for '{question}', through {path}", counted, idle);
            Print("left out", [.. always.Except(counted)], idle);
            Print("not counted: executed at some of the times only", [.. times.SelectMany(files => files).Distinct().Except(always)], idle);
            Console.WriteLine();
        }

        async Task<HashSet<string>> FilesDuringAsync(Func<Task> request)
        {
            memory.ClearHits();
            await request();
            await Task.Delay(After, cancellationToken);
            return [.. memory.ReadHits().Index().Where(hit => hit.Item).Select(hit => code.Lines[hit.Index].File)];
        }

        bool IsExcluded(string file) => excluded.Any(pattern => pattern.IsMatch(file));
    }

    private static void Print(string title, string[] files, HashSet<string> idle)
    {
        Console.WriteLine($"{files.Length} {title}");
        foreach (string file in files.Order(StringComparer.Ordinal))
            Console.WriteLine($"  {file}{(idle.Contains(file) ? "  (without a request too)" : "")}");
    }

    private static Task<ChatAnswer> AskAsync(ChatClient client, string question, CancellationToken cancellationToken)
    {
        JsonObject body = new()
        {
            ["model"] = "cascade",
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = question }),
            ["stream"] = true,
            ["stream_options"] = new JsonObject { ["include_usage"] = true },
        };
        return client.AskAsync(body, cancellationToken);
    }
}
