using System.CommandLine;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Commands;

/// <summary><c>evaluate FILE...</c>: held-out exact match of finished files through llama.cpp.</summary>
internal static class EvaluateCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<FileInfo[]> files = new Argument<FileInfo[]>("files")
        {
            Description = "GGUF files.",
            Arity = ArgumentArity.OneOrMore,
        }.AcceptExistingOnly();
        Option<int> perLevel = CommonOptions.PerLevel();
        Command command = new("evaluate", "Measures finished files on held-out questions, greedily, through llama.cpp.")
        {
            files, perLevel,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(files), parsed.GetValue(perLevel)));
        return command;
    }

    private static int Run(FileInfo[] files, int perLevel)
    {
        using StopSignals signals = new();
        IReadOnlyList<TaskExample> questions =
            HeldOutQuestions.Draw(TaskCatalogue.All, perLevel, CommonOptions.QuestionSeed);
        List<(string, IReadOnlyList<LevelScore>)> results = [];
        foreach (FileInfo file in files)
        {
            bool[] isRight = GgufJudge.Judge(file.FullName, questions, Console.Error, signals.Token);
            results.Add((file.Name, ScoreSheet.Count(questions, isRight)));
        }

        ScoreTable.Write(results);
        return 0;
    }
}
