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
        Option<string> test = new Option<string>("--test")
        {
            Description = "A: unseen operands. B: unseen combinations of phrases. C: unseen phrases and families.",
            DefaultValueFactory = _ => "A",
        }.AcceptOnlyFromAmong("A", "B", "C");
        Command command = new("evaluate", "Measures finished files on held-out questions, greedily, through llama.cpp.")
        {
            files, perLevel, test,
        };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(files), Questions(parsed.GetRequiredValue(test), parsed.GetValue(perLevel))));
        return command;
    }

    private static IReadOnlyList<TaskExample> Questions(string test, int perLevel)
    {
        return test switch
        {
            "A" => Draw(TaskCatalogue.All, PhrasingPool.Seen),
            "B" => Draw(TaskCatalogue.All, PhrasingPool.UnseenCombination),
            _ => [.. Draw(TaskCatalogue.All, PhrasingPool.UnseenCore), .. Draw(TaskCatalogue.HeldOut, PhrasingPool.Seen)],
        };

        IReadOnlyList<TaskExample> Draw(IReadOnlyList<ITaskFamily> families, PhrasingPool pool) =>
            HeldOutQuestions.Draw(families, perLevel, CommonOptions.QuestionSeed, pool);
    }

    private static int Run(FileInfo[] files, IReadOnlyList<TaskExample> questions)
    {
        using StopSignals signals = new();
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
