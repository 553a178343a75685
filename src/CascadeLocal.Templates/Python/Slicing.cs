using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>Python's slices.</summary>
internal static class Slicing
{
    /// <summary>The part, which is an error where the target has no parts, not undefined.</summary>
    public static Value Slice(Rendering rendering, Value target, Value start, Value stop, Value step)
    {
        if (target is Undefined undefined)
            throw undefined.Failure();
        if (target is not (StringValue or SequenceValue or RangeValue))
            throw TemplateException.Failed($"'{target.TypeName}' object cannot be sliced");
        rendering.Touch(target);
        int count = (int)target.Length!.Value;
        BigInteger by = Number(step) ?? 1;
        if (by.IsZero)
            throw TemplateException.Failed("slice step cannot be zero");
        (BigInteger low, BigInteger high) = by.Sign > 0 ? (0, count) : (-1, count - 1);
        BigInteger from = Clamp(start, by.Sign > 0 ? low : high), to = Clamp(stop, by.Sign > 0 ? high : low);
        IEnumerable<int> places = Places(from, to, by);
        return target switch
        {
            StringValue text => Part(rendering, text, (int)from, (int)to, by, places),
            TupleValue tuple => new TupleValue([.. places.Select(i => tuple.Items[i])]),
            SequenceValue sequence => rendering.List(places.Select(i => sequence.Items[i])),
            RangeValue range => new RangeValue(range.Start + from * range.Step, range.Start + to * range.Step, by * range.Step),
            _ => throw new InvalidOperationException(target.TypeName),
        };

        BigInteger Clamp(Value bound, BigInteger fallback) => Number(bound) switch
        {
            null => fallback,
            { Sign: < 0 } number => BigInteger.Max(number + count, low),
            { } number => BigInteger.Min(number, high),
        };
    }

    private static StringValue Part(Rendering rendering, StringValue text, int from, int to, BigInteger by, IEnumerable<int> places)
    {
        rendering.Allocate(text.Text.Length);
        if (by.IsOne)
            return text.Part(from < to ? text.Offset(from)..text.Offset(to) : 0..0);
        int[] all = [.. CodePoints.Of(text.Text)];
        return text.With(CodePoints.Join(places.Select(i => all[i]))).From(Origin.OfResult(text, []));
    }

    private static IEnumerable<int> Places(BigInteger from, BigInteger to, BigInteger by)
    {
        for (BigInteger i = from; by.Sign > 0 ? i < to : i > to; i += by)
            yield return (int)i;
    }

    private static BigInteger? Number(Value bound) => bound switch
    {
        NoneValue => null,
        _ when Numbers.TryInteger(bound, out BigInteger number) => number,
        _ => throw TemplateException.Failed("slice indices must be integers or None or have an __index__ method"),
    };
}
