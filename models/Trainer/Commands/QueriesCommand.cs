using System.CommandLine;

using CascadeLocal.Trainer.Queries;

namespace CascadeLocal.Trainer.Commands;

/// <summary><c>queries --out DIR</c>: the disjoint query files that the tier is captured, fitted and tested on.</summary>
internal static class QueriesCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<DirectoryInfo> output = new("--out") { Description = "The folder; files in it are replaced.", Required = true };
        Option<int> seed = new("--seed") { Description = "Decides which questions are drawn.", DefaultValueFactory = _ => 1 };
        Command command = new("queries", "Writes lm-train, fit, certify, test and probe as JSON lines.") { output, seed };
        command.SetAction(parsed =>
        {
            foreach (string path in QueryFileWriter.Write(parsed.GetRequiredValue(output).FullName, parsed.GetValue(seed), new QueryCounts()))
                Console.Error.WriteLine(path);
            return 0;
        });
        return command;
    }
}
