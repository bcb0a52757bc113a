# peer_mail_dkim.pl DIRECTORY SECONDS: Mail::DKIM on the messages that bench_waybill made, with
# Mail::SPF where a message has an envelope; DMARC is not evaluated.
#
# One line a case it can do: name, operations a second, a tab between.
use strict;
use warnings;

use JSON::PP;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DNS;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

my ( $directory, $seconds ) = @ARGV;
$| = 1;

sub contents {
    my ($name) = @_;
    open( my $file, '<:raw', "$directory/$name" ) or die "$directory/$name: $!\n";
    local $/;
    return scalar <$file>;
}

# Answers at hand: a resolver that asks nobody.
{
    package Answers;
    my %packets;
    my %zone = map { ( "$_->{name} $_->{type}" => $_->{data} ) }
      @{ JSON::PP->new->decode( main::contents('zone.json') )->{answers} };

    sub new { return bless {}, shift }

    sub send {
        my ( $self, $name, $type ) = @_;
        return $packets{"$name $type"} //= packet( $name, $type );
    }

    # Keys are published under every domain.
    sub data_of {
        my ( $name, $type ) = @_;
        return [ main::contents("$1.txt") ] if $name =~ /^(\w+)\._domainkey\./;
        return $zone{"$name $type"} // [];
    }

    sub record_of {
        my ( $name, $type, $text ) = @_;
        return Net::DNS::RR->new("$name $type $text") if $type ne 'TXT';
        my @strings = $text =~ /(.{1,255})/gs;
        return Net::DNS::RR->new( owner => $name, type => 'TXT', txtdata => \@strings );
    }

    sub packet {
        my ( $name, $type ) = @_;
        my $answer = Net::DNS::Packet->new( $name, $type );
        my @data = @{ data_of( $name, $type ) };
        $answer->push( answer => map { record_of( $name, $type, $_ ) } @data );
        $answer->header->rcode( $answer->answer ? 'NOERROR' : 'NXDOMAIN' );
        return $answer;
    }

    sub query      { my ( $self, @asked ) = @_; return $self->send(@asked) }
    sub udppacketsize { }
    sub bgsend { my ( $self, @asked ) = @_; return $self->send(@asked) }
    sub bgisready   { return 1 }
    sub bgbusy      { return 0 }
    sub bgread      { my ( $self, $handle ) = @_; return $handle }
    sub errorstring { return 'NOERROR' }
}
Mail::DKIM::DNS::resolver( Answers->new );

my $envelope = JSON::PP->new->decode( contents('envelope.json') );
my $spf = eval { require Mail::SPF; Mail::SPF::Server->new( dns_resolver => Answers->new ) };

sub spf_result {
    my $request = Mail::SPF::Request->new(
        scope         => 'mfrom',
        identity      => $envelope->{'mail-from'},
        ip_address    => $envelope->{ip},
        helo_identity => $envelope->{helo}
    );
    return $spf->process($request)->code;
}

my $key = Mail::DKIM::PrivateKey->load( File => "$directory/rsa.pem" );
my %signer = (
    Algorithm => 'rsa-sha256',
    Domain    => 'author.example',
    Selector  => 'rsa',
    Key       => $key,
);

sub run {
    my ( $handler, $message ) = @_;
    $handler->PRINT($$message);
    $handler->CLOSE;
    return $handler;
}

my %deeds = (
    verify => sub { run( Mail::DKIM::Verifier->new, shift )->result eq 'pass' },
    sign   => sub {
        my $done = run( Mail::DKIM::Signer->new( %signer, Method => 'relaxed/relaxed' ), shift );
        return $done->signature->as_string;
    },
    validate => sub { run( Mail::DKIM::ARC::Verifier->new, shift )->result eq 'pass' },
    seal     => sub {
        my ( $message, $sets ) = @_;
        my $arrived = $$message;
        if ($sets) {
            return 0 if run( Mail::DKIM::ARC::Verifier->new, $message )->result ne 'pass';
            $arrived = "Authentication-Results: mx.receiver.example; arc=pass\r\n$arrived";
        }
        my $done = run(
            Mail::DKIM::ARC::Signer->new(
                %signer,
                Chain => $sets ? 'pass' : 'none',
                SrvId => 'mx.receiver.example'
            ),
            \$arrived
        );
        return $done->result eq 'sealed';
    },
    check => sub {
        my $message = shift;
        return
             spf_result() eq 'pass'
          && run( Mail::DKIM::Verifier->new, $message )->result eq 'pass'
          && run( Mail::DKIM::ARC::Verifier->new, $message )->result eq 'pass';
    },
);

sub spent { my ( $user, $system ) = times; return $user + $system }

sub rate {
    my ( $deed, $message, $sets ) = @_;
    my ( $n, $start ) = ( 0, spent() );
    while ( spent() - $start < $seconds ) {
        return 0 unless eval { $deed->( $message, $sets ) };
        $n++;
    }
    return $n / ( spent() - $start );
}

for ( split /\n/, contents('cases.tsv') ) {
    my ( $name, $deed, $kind, $sets ) = split /\t/;
    next if $kind ne 'rsa';    # the version of Debian 12 knows no other
    my $message = contents("$name.eml");
    my $ops = rate( $deeds{$deed}, \$message, $sets );
    printf "%s\t%.3f\n", $name, $ops if $ops;
}
