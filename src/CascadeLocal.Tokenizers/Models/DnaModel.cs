using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>A byte-pair vocabulary with tokens of six bases, used between <c>&lt;dna&gt;</c> and <c>&lt;/dna&gt;</c>.</summary>
internal sealed class DnaModel : TokenModel
{
    private const string Opening = "<dna>";
    private const string Closing = "</dna>";
    private const int Bases = 6;

    private readonly BytePairModel _text;
    private readonly TokenTable _tokens;
    private readonly int _opening;
    private readonly int _closing;
    private readonly int _unknown;

    /// <exception cref="TokenizerException">The pre-tokenizer is not known.</exception>
    public DnaModel(TokenizerVocabulary vocabulary)
    {
        _text = new(vocabulary, vocabulary.PreTokenizer);
        _tokens = new(vocabulary);
        _opening = _tokens.Find("<dna>"u8);
        _closing = _tokens.Find("</dna>"u8);
        _unknown = _tokens.Find("<oov>"u8);
    }

    public override ITextSink Begin(TokenSink sink)
    {
        ITextSink words = _text.Begin(sink);
        return _opening < 0 || _closing < 0 || _unknown < 0 ? words : new Session(this, words, sink);
    }

    private sealed class Session(DnaModel model, ITextSink words, TokenSink sink) : ITextSink
    {
        private readonly ByteBuffer _bases = new();

        public void Take(ReadOnlySpan<char> text)
        {
            while (!text.IsEmpty && !sink.IsFull)
            {
                int start = text.IndexOf(Opening);
                if (start != 0)
                    words.Take(start < 0 ? text : text[..start]);
                if (start < 0)
                    return;
                sink.Add(model._opening);
                text = text[(start + Opening.Length)..];
                int end = text.IndexOf(Closing);
                AddBases(end < 0 ? text : text[..end]);
                if (end < 0)
                    return;
                sink.Add(model._closing);
                text = text[(end + Closing.Length)..];
            }
        }

        private void AddBases(ReadOnlySpan<char> text)
        {
            _bases.Clear();
            _bases.AppendText(text);
            // The last three bytes, a character for private use, keep these tokens apart from those of text.
            Span<byte> token = stackalloc byte[Bases + 3];
            "\uE000"u8.CopyTo(token[Bases..]);
            for (int at = 0; at < _bases.Length && !sink.IsFull; at += Bases)
            {
                sink.Work(1);
                token[..Bases].Fill((byte)'A');
                ReadOnlySpan<byte> group = _bases.Written.Slice(at, Math.Min(Bases, _bases.Length - at));
                for (int i = 0; i < group.Length; i++)
                    token[i] = group[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(group[i] - 32) : group[i];
                int id = model._tokens.Find(token);
                sink.Add(id >= 0 ? id : model._unknown);
            }
        }
    }
}
