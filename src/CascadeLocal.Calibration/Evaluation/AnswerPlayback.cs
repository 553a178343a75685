using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Shows a recorded answer, token by token, to the code that judges answers while they are decoded.</summary>
internal static class AnswerPlayback
{
    /// <summary>Judges an answer as it would have been while it was decoded.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="verdict">Judges.</param>
    /// <returns>The token at which the verdict fell before the end, or null.</returns>
    public static int? Play(RecordedAnswer answer, RunningVerdict verdict)
    {
        TokenText text = answer.TokenTexts;
        for (int token = 0; token < answer.ShownTokens; token++)
        {
            (float logProbability, float entropy, float margin) = answer.SignalsOf(token);
            if (verdict.Add(logProbability, entropy, margin, text.UpTo(token + 1)) != Verdict.Continue)
                return token + 1;
        }

        verdict.Finish(answer.End, text.UpTo(answer.ShownTokens));
        return null;
    }

    /// <summary>The features of a whole answer.</summary>
    public static float[] Features(RecordedAnswer answer, AnswerReader reader)
    {
        Read(answer, reader);
        return reader.Features(answer.End, answer.TokenTexts.UpTo(answer.ShownTokens));
    }

    /// <summary>Shows a whole answer to a reader.</summary>
    public static void Read(RecordedAnswer answer, AnswerReader reader)
    {
        TokenText text = answer.TokenTexts;
        for (int token = 0; token < answer.ShownTokens; token++)
        {
            (float logProbability, float entropy, float margin) = answer.SignalsOf(token);
            reader.Add(logProbability, entropy, margin, text.UpTo(token + 1));
        }
    }
}
