using System.Diagnostics;

using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Evaluation;

/// <summary>Judges a finished file: greedy answers through llama.cpp, compared with the right ones.</summary>
internal static class GgufJudge
{
    // An answer that is longer than the right one by more than this is wrong however it goes on.
    private const int SpareTokens = 4;

    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    /// <summary>Which questions are answered exactly right.</summary>
    /// <param name="path">The file.</param>
    /// <param name="questions">The questions.</param>
    /// <param name="progress">Is told now and then how many questions are done.</param>
    /// <param name="cancellation">Gives up between two questions.</param>
    public static bool[] Judge(
        string path, IReadOnlyList<TaskExample> questions, TextWriter progress, CancellationToken cancellation)
    {
        Stopwatch sinceReport = Stopwatch.StartNew();
        using LlamaCppModel model = new(path);
        bool[] isRight = new bool[questions.Count];
        for (int i = 0; i < questions.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (sinceReport.Elapsed >= ReportInterval)
            {
                progress.WriteLine($"{Path.GetFileName(path)}: {i} of {questions.Count} questions");
                sinceReport.Restart();
            }

            TaskExample question = questions[i];
            int[] prompt = model.Tokenize(model.Render(question.Turns.SkipLast(1)));
            int length = model.Tokenize(question.Answer, parseControl: false).Length;
            isRight[i] = model.Generate(prompt, length + SpareTokens) == question.Answer;
        }

        return isRight;
    }
}
